import { inTenant } from '@/db/scope';
import { jobActor } from '@/lib/platform/jobs/contract';
import type { LogAlarm } from '@/lib/platform/sealing/contract';
import { floorHour } from './activity';
import { raise } from './raise';

/** What the sealed log cannot vouch for is critical, whatever rules a team has enabled; told once while it lasts. */
// guard: raise records the anomaly
export async function raiseLogAlarm({ tenantId, code, sentence, action }: LogAlarm): Promise<void> {
  const actor = jobActor(tenantId, 'watch the audit log');
  await inTenant(actor, (tx) =>
    raise(
      tx,
      actor,
      'audit_log',
      {
        ...{ subject: `audit_log:${code}`, label: 'Audit log', severity: 'critical', sentence },
        ...{ observed: sentence, usual: 'never', count: 1, q: `action:${action}` },
      },
      floorHour(Date.now()),
    ),
  );
}
