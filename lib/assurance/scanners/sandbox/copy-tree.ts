import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, opendir, realpath } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { ScanProblem } from '@/lib/assurance/scanners/runs/scan-problem';
import type { ScannerDefinition } from './definitions';

const FILES_MAX = 200_000;
const DEPTH_MAX = 64;
const PIECE_BYTES = 256 * 1024;

/** The real place of a path target. @throws ScanProblem where no configured directory holds it */
export async function allowedPath(location: string, roots: readonly string[]): Promise<string> {
  const refused = `${location} is not inside any SCAN_PATHS directory. Add its directory to SCAN_PATHS, or choose another path.`;
  const path = await realpath(location).catch(() => null);
  if (path === null) throw new ScanProblem(`${location} does not exist on the worker.`);
  for (const root of roots) {
    const real = await realpath(root).catch(() => null);
    if (real !== null && (path === real || path.startsWith(real.endsWith(sep) ? real : real + sep)))
      return path;
  }
  throw new ScanProblem(refused);
}

export interface CopyResult {
  files: number;
  bytes: number;
  /** Links and special files: they are left out, wherever they lead. */
  left: number;
}

interface Copying extends CopyResult {
  definition: ScannerDefinition;
  bytesMax: number;
  signal: AbortSignal;
}

async function pour(from: FileHandle, to: FileHandle, state: Copying): Promise<void> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (;;) {
    state.signal.throwIfAborted();
    const { bytesRead } = await from.read(piece, 0, PIECE_BYTES);
    if (bytesRead === 0) return;
    state.bytes += bytesRead;
    if (state.bytes > state.bytesMax)
      throw new ScanProblem('The target is larger than SCAN_DISK_MB. Scan part of it, or raise the limit.');
    await to.write(piece, 0, bytesRead);
  }
}

/** Opened without following a link, so that a file cannot become one between the look and the read. */
async function copyFile(source: string, target: string, state: Copying): Promise<void> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const from = await open(source, flags).catch(() => null);
  if (!from) {
    state.left += 1;
    return;
  }
  try {
    if (!(await from.stat()).isFile()) {
      state.left += 1;
      return;
    }
    const to = await open(target, 'wx', 0o600);
    try {
      await pour(from, to, state);
    } finally {
      await to.close();
    }
    state.files += 1;
    if (state.files > FILES_MAX) throw new ScanProblem(`There are more than ${FILES_MAX} files to scan.`);
  } finally {
    await from.close();
  }
}

async function copyFolder(source: string, target: string, depth: number, state: Copying): Promise<void> {
  state.signal.throwIfAborted();
  if (depth > DEPTH_MAX)
    throw new ScanProblem(`There are more than ${DEPTH_MAX} directories in one another.`);
  const { drops, keeps } = state.definition;
  for await (const entry of await opendir(source)) {
    if (entry.name === '.git' || entry.name === 'node_modules' || drops.has(entry.name)) continue;
    const [from, to] = [join(source, entry.name), join(target, entry.name)];
    if (entry.isDirectory()) {
      await mkdir(to, { mode: 0o700 });
      await copyFolder(from, to, depth + 1, state);
    } else if (!entry.isFile()) state.left += 1;
    else if (keeps === null || keeps.has(entry.name)) await copyFile(from, to, state);
  }
}

/** A copy for the scanner: regular files only, without what would let the repository steer its own scan. */
export async function copyTree(
  source: string,
  target: string,
  options: Pick<Copying, 'definition' | 'bytesMax' | 'signal'>,
): Promise<CopyResult> {
  const state: Copying = { ...options, files: 0, bytes: 0, left: 0 };
  await copyFolder(source, target, 0, state);
  return { files: state.files, bytes: state.bytes, left: state.left };
}
