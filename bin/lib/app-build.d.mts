/** The file that a process runs in production. */
export function bundlePath(name: string): string;
/** Writes the files of all processes but the console. */
export function bundleProcesses(): Promise<void>;
