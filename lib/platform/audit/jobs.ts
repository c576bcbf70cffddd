import { sql } from 'drizzle-orm';
import { poolOf } from '@/db/connect';
import { HOUR_MS } from '@/lib/platform/core/clock';
import { log } from '@/lib/platform/core/log';

const LOCK_NOT_AVAILABLE = '55P03';

function isBusy(error: unknown): boolean {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === LOCK_NOT_AVAILABLE;
}

/** Makes the partitions of the coming year, and moves events that lie outside into theirs. Somebody who reads the log goes first. */
export async function keepAuditMonths(): Promise<void> {
  try {
    const [row] = await poolOf('app_rw').db.execute<{ made: number }>(
      sql`select public.keep_audit_partitions() as made`,
    );
    if (row && row.made > 0) log().info({ made: row.made }, 'partitions of the audit log were made');
  } catch (error) {
    if (!isBusy(error)) throw error;
    log().info('the audit log is in use: its partitions are looked at again in an hour');
  }
}

export const auditLoop = { name: 'keep the months of the audit log', everyMs: HOUR_MS, run: keepAuditMonths };
