export interface RunningCluster {
  pid: number;
  exited: Promise<void>;
  stop(): Promise<void>;
}
export const SUPERUSER: string;
export const DURABLE: Record<string, string>;
export const THROW_AWAY: Record<string, string>;
export function ensureCluster(options: { dataDir: string; password: string; durable?: boolean }): boolean;
export function clearLeftovers(dataDir: string): Promise<'none' | 'stopped' | 'stale'>;
export function startCluster(options: {
  dataDir: string;
  port: number;
  logFile: string;
  settings: Record<string, string>;
}): Promise<RunningCluster>;
export function openPassage(folder: string): void;
