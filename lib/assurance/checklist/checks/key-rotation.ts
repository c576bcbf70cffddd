import { sql } from 'drizzle-orm';
import type { Observation } from '@/lib/assurance/checklist/contract';
import { DAY_MS } from '@/lib/platform/core/clock';
import { counted, nothingSeen, type RunCheck, resultOf, seen } from './check';

interface KeyRow extends Record<string, unknown> {
  id: string;
  name: string;
  since_ms: number;
  /** What its rotation policy asks for; null where it rotates by hand. */
  period_days: number | null;
}

const KEYS_MAX = 10_000;

function judgeKey(
  key: KeyRow,
  maxAgeMs: number,
  slackMs: number,
  warnMs: number,
  nowMs: number,
): Observation {
  const policyMs = key.period_days === null ? Number.POSITIVE_INFINITY : key.period_days * DAY_MS + slackMs;
  const limitMs = Math.min(maxAgeMs, policyMs);
  const ageMs = nowMs - Number(key.since_ms);
  const age = Math.floor(ageMs / DAY_MS);
  const limit = Math.floor(limitMs / DAY_MS);
  const href = `/keys/${key.id}`;
  if (ageMs > limitMs)
    return seen(key.name, 'fail', `its secret is ${age} days old; ${limit} are allowed`, href);
  if (ageMs > limitMs - warnMs)
    return seen(key.name, 'warn', `its secret is ${age} days old and must be rotated by day ${limit}`, href);
  return seen(key.name, 'pass', `its secret is ${age} days old`, href);
}

/** The age of the secret in use of every live key, against the longest one allowed and against its rotation policy. */
export const checkKeyRotation: RunCheck<'key_rotation'> = async ({
  tenantId,
  scope,
  parameters,
  nowMs,
  read,
}) => {
  const environments = sql.join(
    scope.environments.map((name) => sql`${name}`),
    sql`, `,
  );
  const keys = await read((tx) =>
    tx.execute<KeyRow>(sql`
      select k.id, k.name,
        (extract(epoch from min(coalesce(v.activated_at, v.created_at))) * 1000)::float8 as since_ms,
        case when coalesce(s.is_off, false) or not coalesce((s.override->>'isEnabled')::boolean, (p.rules->>'isEnabled')::boolean, true)
          then null else coalesce((s.override->>'periodDays')::int, (p.rules->>'periodDays')::int) end as period_days
      from api_key k
      join api_key_version v on v.tenant_id = k.tenant_id and v.key_id = k.id
        and (v.state = 'current' or (v.state = 'grace' and v.grace_until > now()))
      left join rotation_policy p on p.tenant_id = k.tenant_id
      left join key_rotation_setting s on s.tenant_id = k.tenant_id and s.key_id = k.id
      where k.tenant_id = ${tenantId} and k.environment in (${environments}) and k.revoked_at is null
        and k.disabled_at is null and (k.expires_at is null or k.expires_at > now())
      group by k.id, k.name, s.is_off, s.override, p.rules order by since_ms limit ${KEYS_MAX + 1}`),
  );
  if (keys.length === 0)
    return nothingSeen('not_applicable', `There is no live key in ${scope.environments.join(' or ')}.`);
  const names = Map.groupBy(keys, ({ name }) => name);
  const observations = keys
    .slice(0, KEYS_MAX)
    .map((key) => ({
      ...key,
      name: (names.get(key.name)?.length ?? 0) > 1 ? `${key.name} ${key.id.slice(-8)}` : key.name,
    }))
    .map((key) => judgeKey(key, parameters.maxAge, parameters.slack, parameters.warnWithin, nowMs));
  const result = resultOf('keys', observations, {
    well: `${counted(keys.length, 'live key has a secret that is', 'live keys have secrets that are')} recent enough.`,
  });
  return keys.length > KEYS_MAX ? { ...result, scopeExpected: keys.length } : result;
};
