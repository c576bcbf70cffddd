import { type SQL, sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import { readLogFacts } from '@/lib/platform/sealing/facts';
import { ATTENTION_KINDS, type AttentionDto, type AttentionKind } from './contract';

const SIGN_IN_FAILURES_NOTABLE = 10;
const NAMES_SHOWN = 3;
const HIGH_RANK = 1;

type Fact = { id: string | null; name: string; since: string | null; until: string | null };

/** One select per kind, all with the columns id, name, since, until; most urgent first. */
function factsOf(kind: AttentionKind, tenantId: string): SQL | null {
  switch (kind) {
    case 'worker_silent':
      return sql`select null::uuid as id, name, until as since, null::timestamptz as until from rollup_watermark
        where tenant_id = ${tenantId} and until < now() - interval '2 minutes' and name not in ('metrics', 'activity')`;
    case 'old_secret_in_use':
      return sql`select k.id, k.name, n.activated_at as since, v.grace_until as until
        from api_key_version v
        left join api_key_version n on n.tenant_id = v.tenant_id and n.key_id = v.key_id and n.state = 'current'
        join api_key k on k.tenant_id = v.tenant_id and k.id = v.key_id
        where v.tenant_id = ${tenantId} and v.state = 'grace' and v.grace_until > now() and exists (
          select 1 from key_usage u where u.tenant_id = v.tenant_id and u.version_id = v.id and u.key_id = v.key_id
            and u.hour > now() - interval '26 hours' and u.last_used_at > now() - interval '1 hour')
        order by v.grace_until`;
    case 'keys_expired_in_use':
      return sql`select k.id, k.name, k.expires_at as since, null::timestamptz as until from api_key k
        where k.tenant_id = ${tenantId} and k.expires_at <= now() and k.revoked_at is null and exists (
          select 1 from key_usage u where u.tenant_id = k.tenant_id and u.key_id = k.id
            and u.hour > now() - interval '24 hours' and u.hour + interval '1 hour' > k.expires_at and u.refused > 0)
        order by k.expires_at`;
    case 'keys_expiring':
      return sql`select id, name, null::timestamptz as since, expires_at as until from api_key
        where tenant_id = ${tenantId} and expires_at > now() and expires_at < now() + interval '14 days'
          and revoked_at is null and disabled_at is null order by expires_at`;
    case 'rotation_not_picked_up':
      return sql`select k.id, k.name, v.created_at as since, null::timestamptz as until
        from api_key_version v join api_key k on k.tenant_id = v.tenant_id and k.id = v.key_id
        where v.tenant_id = ${tenantId} and v.state = 'pending' and v.created_at < now() - interval '24 hours'
        order by v.created_at`;
    case 'findings_urgent':
      return sql`select null::uuid as id, title as name, opened_at as since, null::timestamptz as until from finding
        where tenant_id = ${tenantId} and status = 'open' and severity_rank <= ${HIGH_RANK}
        order by severity_rank, opened_at`;
    case 'checklist_failing':
      return sql`select null::uuid as id, objective_key as name, at as since, null::timestamptz as until from (
          select distinct on (objective_key) objective_key, state, at from objective_state
          where tenant_id = ${tenantId} order by objective_key, objective_state.at desc, id desc) latest
        where state = 'fail' order by at desc`;
    case 'anomalies_open':
      return sql`select null::uuid as id, label as name, first_at as since, null::timestamptz as until from anomaly
        where tenant_id = ${tenantId} and state = 'open' and mute_id is null and severity in ('critical', 'high')
        order by severity, raised_at desc`;
    case 'keys_without_expiry':
      return sql`select id, name, created_at as since, null::timestamptz as until from api_key
        where tenant_id = ${tenantId} and expires_at is null and revoked_at is null and disabled_at is null order by created_at`;
    case 'one_operator':
      return sql`select null::uuid as id, u.display_name as name, m.created_at as since, null::timestamptz as until
        from identity.membership m join identity.user_account u on u.id = m.user_id
        where m.tenant_id = ${tenantId} and m.role = 'operator' and m.disabled_at is null
          and (select count(*) from identity.membership o
               where o.tenant_id = ${tenantId} and o.role = 'operator' and o.disabled_at is null) = 1`;
    case 'log_unproven':
    case 'sign_in_failures':
      return null;
  }
}

const iso = (value: string | null) => (value === null ? null : new Date(value).toISOString());

/** What an operator should act on, most urgent kind first; a kind without rows is left out. */
export async function listAttention(
  tx: ReadTx,
  tenantId: string,
  signInFailures: number,
): Promise<AttentionDto[]> {
  const items: AttentionDto[] = [];
  for (const kind of ATTENTION_KINDS) {
    const query = factsOf(kind, tenantId);
    if (kind === 'log_unproven') {
      const [worst, ...more] = (await readLogFacts(tx, tenantId)).problems;
      if (worst?.severity === 'critical') {
        const { sentence, since } = worst;
        items.push({ kind, count: 1 + more.length, names: [sentence], keyId: null, since, until: null });
      }
      continue;
    }
    if (query === null) {
      if (signInFailures < SIGN_IN_FAILURES_NOTABLE) continue;
      items.push({ kind, count: signInFailures, names: [], keyId: null, since: null, until: null });
      continue;
    }
    const facts = await tx.execute<Fact>(sql`${query} limit 1001`);
    const [first] = facts;
    if (!first) continue;
    items.push({
      kind,
      count: facts.length,
      names: facts.slice(0, NAMES_SHOWN).map((fact) => fact.name),
      keyId: facts.length === 1 ? first.id : null,
      since: iso(first.since),
      until: iso(first.until),
    });
  }
  return items;
}
