import { Gauge, type Registry } from 'prom-client';
import type { WatchedFile, WatchedFileDto } from './watched-files-contract';

/** On the global object: Next loads this module once for each of its bundles, and a file is one file to all of them. */
const holder = globalThis as typeof globalThis & {
  bulwarkWatchedFiles?: Map<WatchedFile, () => WatchedFileDto>;
};

function readers(): Map<WatchedFile, () => WatchedFileDto> {
  holder.bulwarkWatchedFiles ??= new Map();
  return holder.bulwarkWatchedFiles;
}

/** Whoever keeps reading a file says here how to ask what became of it: metric, readiness and banner follow. */
export function noteWatchedFile(name: WatchedFile, read: () => WatchedFileDto): void {
  readers().set(name, read);
}

/** Every policy file that this process reads, with what is wrong with its newest version. */
export function watchedFiles(): WatchedFileDto[] {
  return [...readers().values()].map((read) => read());
}

/** For readiness, which strangers can read: where to look, not what the file says. */
export function refusedFiles(): { name: WatchedFile; line: number }[] {
  return watchedFiles().flatMap(({ name, problems: [first] }) => (first ? [{ name, line: first.line }] : []));
}

/** `bulwark_file_problems`: 0 while the newest version of a file is in force. */
export function addWatchedFileMetrics(registry: Registry): void {
  new Gauge({
    name: 'bulwark_file_problems',
    help: 'Problems of the newest version of a policy file; the version before stays in force until they are mended.',
    labelNames: ['file'],
    registers: [registry],
    collect() {
      for (const { name, problems } of watchedFiles()) this.set({ file: name }, problems.length);
    },
  });
}
