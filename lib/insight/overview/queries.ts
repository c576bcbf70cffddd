import { sql } from 'drizzle-orm';
import { type ReadTx, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { may } from '@/lib/platform/auth/rules';
import { listAttention } from './attention';
import { type CappedCount, COUNT_CAP, type OverviewDto, SETUP_STEPS, type SetupStep } from './contract';

type Row = Record<string, unknown>;

function isoOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : new Date(String(value)).toISOString();
}

async function countEvents(
  tx: ReadTx,
  tenantId: string,
  where: ReturnType<typeof sql>,
): Promise<CappedCount> {
  const [row] = await tx.execute<Row>(sql`
    select count(*)::int as n from (
      select 1 from audit_event
      where tenant_id = ${tenantId} and at > now() - interval '24 hours' and at <= now() and ${where}
      limit ${COUNT_CAP + 1}
    ) capped`);
  const count = Number(row?.n ?? 0);
  return { count: Math.min(count, COUNT_CAP), capped: count > COUNT_CAP };
}

async function stepDates(tx: ReadTx, tenantId: string): Promise<Record<SetupStep, string | null>> {
  const [row] = await tx.execute<Row>(sql`
    select
      (select min(m.created_at) from identity.membership m where m.tenant_id = ${tenantId}) as sign_in,
      (select min(k.created_at) from api_key k where k.tenant_id = ${tenantId}) as create_key,
      (select min(u.last_used_at) from key_usage u where u.tenant_id = ${tenantId}) as first_request,
      (select min(v.activated_at) from api_key_version v where v.tenant_id = ${tenantId} and v.number > 1) as rotate_key,
      (select m.created_at from identity.membership m
        where m.tenant_id = ${tenantId} and m.role = 'operator' and m.disabled_at is null
        order by m.created_at offset 1 limit 1) as second_operator`);
  return {
    sign_in: isoOrNull(row?.sign_in),
    create_key: isoOrNull(row?.create_key),
    first_request: isoOrNull(row?.first_request),
    rotate_key: isoOrNull(row?.rotate_key),
    second_operator: isoOrNull(row?.second_operator),
  };
}

async function keyFacts(tx: ReadTx, tenantId: string) {
  const [row] = await tx.execute<Row>(sql`
    select now() as as_of,
      (select count(*)::int from api_key k where k.tenant_id = ${tenantId} and k.revoked_at is null
        and k.disabled_at is null and (k.expires_at is null or k.expires_at > now())) as live_keys,
      (select max(u.last_used_at) from key_usage u where u.tenant_id = ${tenantId}
        and u.hour > now() - interval '32 days') as last_decision_at`);
  return {
    asOf: isoOrNull(row?.as_of) ?? new Date().toISOString(),
    liveKeys: Number(row?.live_keys ?? 0),
    lastDecisionAt: isoOrNull(row?.last_decision_at),
  };
}

/** What the first screen answers: is something wrong, since when, what to do; and the setup steps, computed from data. */
export async function getOverview(actor: Actor): Promise<OverviewDto> {
  requirePermission(actor, 'keys:read');
  const { tenantId } = actor;
  return readTenant(actor, async (tx) => {
    const facts = await keyFacts(tx, tenantId);
    const dates = await stepDates(tx, tenantId);
    const signInFailures24h = await countEvents(tx, tenantId, sql`action = 'auth.sign_in_failed'`);
    const attention = await listAttention(tx, tenantId, signInFailures24h.count);
    return {
      ...facts,
      steps: SETUP_STEPS.map((step) => ({ step, doneAt: dates[step] })),
      attention: attention.filter(({ kind }) => kind !== 'findings_urgent' || may(actor, 'findings:read')),
      decisions24h: {
        allowed: await countEvents(tx, tenantId, sql`category = 'decision' and outcome = 'success'`),
        refused: await countEvents(tx, tenantId, sql`category = 'decision' and outcome <> 'success'`),
      },
      signInFailures24h,
    };
  });
}
