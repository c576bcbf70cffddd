import { and, eq, gt, isNull, lt, sql } from 'drizzle-orm';
import { apiKey } from '@/db/schema/api-keys';
import { inTenant, readDeciding, type WriteTx } from '@/db/scope';
import { databaseNowMs } from '@/lib/access/api-keys/change/key-store';
import { noticeExpiry, noticeRetiredUse } from '@/lib/access/api-keys/notices';
import { expiryNotice } from '@/lib/access/api-keys/rotation-rules';
import { eventsRecordedIn } from '@/lib/platform/audit/facts';
import { type RecordWindow, readRecordOnce } from '@/lib/platform/audit/record-windows';
import type { JobActor } from '@/lib/platform/auth/contract';

/** Tells owners 30, 14, 7 and 1 day before a key ends, and when it has; each once for each end date. */
// guard: it changes nothing but the outbox, which keeps what was told
export async function announceExpiries(actor: JobActor): Promise<void> {
  const { keys, nowMs } = await readDeciding(actor, async (tx) => ({
    nowMs: await databaseNowMs(tx),
    keys: await tx
      .select()
      .from(apiKey)
      .where(
        and(
          eq(apiKey.tenantId, actor.tenantId),
          isNull(apiKey.revokedAt),
          gt(apiKey.expiresAt, sql`now() - interval '7 days'`),
          lt(apiKey.expiresAt, sql`now() + interval '31 days'`),
        ),
      ),
  }));
  const due = keys.flatMap((key) => {
    if (!key.expiresAt) return [];
    const times = { sinceMs: key.createdAt.getTime(), expiresAtMs: key.expiresAt.getTime() };
    const notice = expiryNotice(times, nowMs);
    return notice === null ? [] : [{ key, expiresAt: key.expiresAt, notice }];
  });
  if (due.length === 0) return;
  await inTenant(actor, async (tx) => {
    for (const { key, expiresAt, notice } of due) await noticeExpiry(tx, key, expiresAt, notice);
  });
}

interface RetiredUse extends Record<string, unknown> {
  key_id: string;
  name: string;
  owner_user_id: string | null;
  version_id: string;
  ip: string | null;
  user_agent: string | null;
  at: string;
  attempts: number;
}

/** Refusals of replaced secrets within the window; the console's API knows the key only, the gate also the version. */
async function retiredUses(tx: WriteTx, tenantId: string, window: RecordWindow): Promise<RetiredUse[]> {
  const rows = await tx.execute<RetiredUse>(sql`
    select k.id as key_id, k.name, k.owner_user_id, coalesce(v.id, k.id) as version_id, host(e.ip) as ip,
      max(e.user_agent) as user_agent, max(e.at)::text as at, count(*)::int as attempts
    from ${eventsRecordedIn(tenantId, window)} e
    left join public.api_key_version v on v.tenant_id = e.tenant_id and v.id = e.key_version_id
    join public.api_key k on k.tenant_id = e.tenant_id
      and k.id::text = coalesce(v.key_id::text, case when e.target_type = 'key' then e.target_id end)
    where e.code = 'ROTATED_OUT'
    group by k.id, k.name, k.owner_user_id, coalesce(v.id, k.id), host(e.ip)`);
  return [...rows];
}

/** Tells the owner who still uses a secret that was replaced, and from where. */
// guard: it changes nothing but the outbox and a mark over what the log holds already
export async function announceRetiredUses(actor: JobActor): Promise<void> {
  await readRecordOnce(actor, 'retired_use', async (tx, window) => {
    for (const use of await retiredUses(tx, actor.tenantId, window)) {
      const key = {
        id: use.key_id,
        name: use.name,
        tenantId: actor.tenantId,
        ownerUserId: use.owner_user_id,
      };
      const { version_id: versionId, ip, user_agent: userAgent, attempts } = use;
      await noticeRetiredUse(tx, key, { versionId, ip, userAgent, attempts, at: new Date(use.at) });
    }
  });
}
