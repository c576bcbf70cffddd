import { readSecretAges, type SecretAge } from '@/lib/access/api-keys/facts';
import type { Observation } from '@/lib/assurance/checklist/contract';
import { DAY_MS } from '@/lib/platform/core/clock';
import { counted, nothingSeen, type RunCheck, resultOf, seen } from './check';

const KEYS_MAX = 10_000;

function judgeKey(
  key: SecretAge,
  maxAgeMs: number,
  slackMs: number,
  warnMs: number,
  nowMs: number,
): Observation {
  const policyMs = key.periodDays === null ? Number.POSITIVE_INFINITY : key.periodDays * DAY_MS + slackMs;
  const limitMs = Math.min(maxAgeMs, policyMs);
  const ageMs = nowMs - key.sinceMs;
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
  const keys = await read((tx) => readSecretAges(tx, tenantId, scope.environments, KEYS_MAX + 1));
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
