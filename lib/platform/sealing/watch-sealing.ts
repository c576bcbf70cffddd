import { inTenant, readDeciding } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import { HOUR_MS } from '@/lib/platform/core/clock';
import { jobActor } from '@/lib/platform/jobs/contract';
import type { LogAlarm } from './contract';
import { problemsOf } from './read/log-problems';
import { readLogStatus } from './read/log-status';

/** The same delay is recorded again after so long. */
const REPEAT_MS = HOUR_MS;

/** Hears in which tenants events wait for too long. It must not stop at one whose log cannot be read. */
export function createLagWatch(
  listTenants: () => Promise<string[]>,
  raise: (alarm: LogAlarm) => Promise<void>,
) {
  const told = new Map<string, number>();

  async function look(tenantId: string): Promise<void> {
    const actor = jobActor(tenantId, 'watch the audit log');
    const status = await readDeciding(actor, (tx) => readLogStatus(tx, tenantId));
    const lag = problemsOf(status).find(({ code }) => code === 'lag');
    if (!lag) {
      told.delete(tenantId);
      return;
    }
    if (Date.now() - (told.get(tenantId) ?? 0) < REPEAT_MS) return;
    await inTenant(actor, (tx) =>
      recordAudit(tx, actor, {
        action: 'log.sealing_delayed',
        outcome: 'failure',
        target: { type: 'log', id: status.logs.at(-1)?.origin ?? null, label: null },
        details: { since: lag.since, waiting: status.pending.count },
      }),
    );
    await raise({ tenantId, code: 'lag', sentence: lag.sentence, action: 'log.sealing_delayed' });
    told.set(tenantId, Date.now());
  }

  return async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const id of await listTenants()) await look(id).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures.length === 1 ? failures[0] : new AggregateError(failures);
  };
}
