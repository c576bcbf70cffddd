import { readFileSync } from 'node:fs';
import type { Sql } from 'postgres';

/** Milliseconds on a processor so far, of this process. */
export function ownProcessorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** The same of the backends that serve app_ro; 0 where there is no /proc. */
export async function backendMs(admin: Sql): Promise<() => number> {
  const backends = await admin<{ pid: number }[]>`select pid from pg_stat_activity where usename = 'app_ro'`;
  const spentBy = (pid: number) => {
    try {
      return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
    } catch {
      return 0;
    }
  };
  return () => backends.reduce((sum, { pid }) => sum + spentBy(pid), 0);
}
