export function isAlive(pid: number): boolean;
export function birthOf(pid: number): string;
export function listenerOn(port: number): number | null;
export function endProcess(
  pid: number,
  options?: { ask?: NodeJS.Signals; patienceMs?: number },
): Promise<void>;
