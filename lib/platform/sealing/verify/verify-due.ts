import { sql } from 'drizzle-orm';
import { inTenant, readDeciding } from '@/db/scope';
import { HOUR_MS } from '@/lib/platform/core/clock';
import { newId } from '@/lib/platform/core/ids';
import { jobActor } from '@/lib/platform/jobs/contract';
import { FAULTS, type Fault, type LogAlarm, type VerificationReport } from '../contract';
import { installationActor } from '../installation-actor';
import { INSTALLATION_ID } from '../rules';
import type { Policy } from '../tlog/policy';
import { ringOfSecrets } from './key-ring';
import { ringOfRecord } from './recorded-keys';
import { verifyDatabase } from './run-verification';
import type { SliceRunner } from './verify-tenant';

/** Verified every night: after 02:00 UTC, and at the latest so long after the last time. */
const NIGHT_HOUR = 2;
const AGAIN_AFTER_MS = 20 * HOUR_MS;
const AT_LATEST_MS = 26 * HOUR_MS;
/** A worker that was killed in the middle of a verification holds it for so long. */
const CLAIM_HOURS = 3;
const WORKER = 'worker';

export interface DueVerification {
  listTenants(): Promise<string[]>;
  secrets(): readonly string[];
  policy(): Policy | null;
  checkpointFile: string | undefined;
  openRunner(): SliceRunner & { close(): Promise<void> };
  raise(alarm: LogAlarm): Promise<void>;
}

/** Whether the log waits for its verification. @param lastMs when it was verified last, null for never */
export function isVerificationDue(lastMs: number | null, nowMs: number): boolean {
  if (lastMs === null || nowMs - lastMs >= AT_LATEST_MS) return true;
  return nowMs - lastMs >= AGAIN_AFTER_MS && new Date(nowMs).getUTCHours() === NIGHT_HOUR;
}

/** Of several workers one does it: the run of the installation stands for the whole. @returns null where it is not due */
// guard: the worker's own bookkeeping; what is found is recorded in each tenant
async function claim(): Promise<string | null> {
  return inTenant(installationActor(), async (tx) => {
    await tx.execute(sql`
      select 1 from public.audit_log where tenant_id = ${INSTALLATION_ID}::uuid order by incarnation desc limit 1 for update`);
    const [state] = await tx.execute<{ lastMs: number | null; isTaken: boolean; isSealed: boolean }>(sql`
      select (extract(epoch from max(started_at) filter (where state in ('verified', 'faults'))) * 1000)::float8 as "lastMs",
        coalesce(bool_or(state = 'running' and started_at > now() - make_interval(hours => ${CLAIM_HOURS})
          or state = 'failed' and started_at > now() - interval '1 hour'), false) as "isTaken",
        exists (select from public.audit_checkpoint where tenant_id = ${INSTALLATION_ID}::uuid) as "isSealed"
      from public.audit_verification where tenant_id = ${INSTALLATION_ID}::uuid and started_at > now() - interval '7 days'`);
    if (!state?.isSealed || state.isTaken || !isVerificationDue(state.lastMs, Date.now())) return null;
    const id = newId();
    await tx.execute(sql`
      insert into public.audit_verification (tenant_id, id, started_by, state)
      values (${INSTALLATION_ID}::uuid, ${id}::uuid, ${WORKER}, 'running')`);
    return id;
  });
}

// guard: the worker's own bookkeeping; what is found is recorded in each tenant
async function finish(id: string, state: 'verified' | 'faults' | 'failed'): Promise<void> {
  await inTenant(installationActor(), (tx) =>
    tx.execute(sql`
      update public.audit_verification set state = ${state}, finished_at = clock_timestamp()
      where tenant_id = ${INSTALLATION_ID}::uuid and id = ${id}::uuid`),
  );
}

function sentenceOf(faults: readonly Fault[]): string {
  const [worst] = faults.toSorted((a, b) => FAULTS[a.kind].exitCode - FAULTS[b.kind].exitCode);
  const more = faults.length > 1 ? ` ${faults.length - 1} more.` : '';
  return worst ? `${FAULTS[worst.kind].label}: ${worst.message}${more}` : '';
}

async function raiseFaults(
  report: VerificationReport,
  tenantIds: readonly string[],
  home: string,
  raise: DueVerification['raise'],
) {
  for (const tenantId of tenantIds) {
    const own = report.faults.filter(
      (each) => each.tenantId === tenantId || (each.tenantId === INSTALLATION_ID && tenantId === home),
    );
    if (own.length === 0) continue;
    await raise({ tenantId, code: 'faults', sentence: sentenceOf(own), action: 'log.verification_failed' });
  }
}

/** Tenants whose first pass has come to its end: until then there is nothing whole to verify. */
async function sealedTenants(tenantIds: readonly string[]): Promise<string[]> {
  const sealed: string[] = [];
  for (const id of tenantIds) {
    const [log] = await readDeciding(jobActor(id, 'verify the audit log'), (tx) =>
      tx.execute<{ isSealed: boolean }>(sql`
        select bool_or(first_pass is not null) as "isSealed" from public.audit_log where tenant_id = ${id}::uuid`),
    );
    if (log?.isSealed) sealed.push(id);
  }
  return sealed;
}

/**
 * Verifies the logs of all tenants where that is due.
 * @param home the tenant whose operators answer for the installation @returns what was found; null where nothing was due
 */
export async function verifyDue(settings: DueVerification, home: string): Promise<VerificationReport | null> {
  const id = await claim();
  if (id === null) return null;
  const runner = settings.openRunner();
  try {
    const all = await settings.listTenants();
    const tenantIds = await sealedTenants(all);
    const secrets = settings.secrets();
    const report = await verifyDatabase({
      actors: tenantIds.map((tenantId) => jobActor(tenantId, 'verify the audit log')),
      isComplete: tenantIds.length === all.length,
      runner,
      ring: secrets.length > 0 ? ringOfSecrets(secrets) : await ringOfRecord(tenantIds),
      policy: settings.policy(),
      checkpointFile: settings.checkpointFile,
      secrets,
      startedBy: WORKER,
    });
    await raiseFaults(report, tenantIds, home, settings.raise);
    await finish(id, report.faultCount > 0 ? 'faults' : 'verified');
    return report;
  } catch (error) {
    await finish(id, 'failed');
    throw error;
  } finally {
    await runner.close();
  }
}
