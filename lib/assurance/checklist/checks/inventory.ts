import {
  BACKENDS_HREF,
  type KnownBackend,
  type KnownSecret,
  readKnownBackends,
  readKnownSecrets,
  secretHref,
} from '@/lib/access/secrets/facts';
import type { InventoryRule } from '@/lib/assurance/checklist/check-kinds';
import type { Observation, Outcome } from '@/lib/assurance/checklist/contract';
import { DAY_MS } from '@/lib/platform/core/clock';
import { nothingSeen, type RunCheck, resultOf, seen } from './check';

const SECRETS_MAX = 10_000;

const daysOf = (ms: number) => {
  const days = Math.floor(Math.abs(ms) / DAY_MS);
  return `${days} ${days === 1 ? 'day' : 'days'}`;
};

type Judge = (secret: KnownSecret, warnMs: number, nowMs: number) => [Outcome, string];

const JUDGES: Record<InventoryRule, Judge> = {
  exposure: ({ isExposed, path }) =>
    isExposed
      ? ['fail', `stands in ${path}, outside a backend`]
      : ['pass', 'is kept in a backend or a mounted file'],
  rotation: ({ rotatedMs, dueMs }, warnMs, nowMs) => {
    if (dueMs === null) return ['pass', 'is made anew for each lease'];
    if (dueMs <= nowMs) return ['fail', `has been overdue for ${daysOf(nowMs - dueMs)}`];
    if (rotatedMs === null) return ['not_available', 'it is not known when it was last rotated'];
    if (dueMs <= nowMs + warnMs) return ['warn', `is due in ${daysOf(dueMs - nowMs)}`];
    return ['pass', `was rotated ${daysOf(nowMs - rotatedMs)} ago`];
  },
  owned: ({ isOwnerUnknown }) => (isOwnerUnknown ? ['warn', 'has no owner'] : ['pass', 'has an owner']),
};

/** Leaks are not rotated here: the rule of exposure and the findings speak of them. */
const isJudged = (rule: InventoryRule, secret: KnownSecret) =>
  rule !== 'rotation' || secret.backend !== 'repository';

const isOther = ({ kind }: KnownBackend) => kind !== 'bulwark' && kind !== 'repository';

/** What could not be read completely may hold anything. */
function judgeBackend({ kind, name, state, sentence }: KnownBackend): Observation[] {
  if (state === 'ok') return [];
  const outcome = state === 'readable' ? 'fail' : 'error';
  return [seen(`${kind} ${name}`, outcome, sentence ?? 'could not be read completely', BACKENDS_HREF)];
}

/** The inventory of secrets against one rule. What nobody has looked at is not taken for well. */
export const checkInventory: RunCheck<'inventory'> = async ({ tenantId, parameters, nowMs, read }) => {
  const { rule, warnWithin } = parameters;
  const { backends, items, total } = await read(async (tx) => ({
    backends: await readKnownBackends(tx, tenantId),
    ...(await readKnownSecrets(tx, tenantId, SECRETS_MAX + 1)),
  }));
  if (!backends.some(isOther))
    return nothingSeen(
      'not_available',
      'No secret backend is connected and no machine was scanned, so the secrets in use are not known.',
    );
  const judged = items.slice(0, SECRETS_MAX).filter((secret) => isJudged(rule, secret));
  const observations = judged.map((secret) => {
    const [outcome, detail] = JUDGES[rule](secret, warnWithin, nowMs);
    return seen(`${secret.backend} ${secret.name}`, outcome, detail, secretHref(secret.id));
  });
  const result = resultOf('secrets and backends', [...observations, ...backends.flatMap(judgeBackend)], {
    facts: { secrets: total, backends: backends.length },
    well: `${total} ${total === 1 ? 'secret' : 'secrets'} in ${backends.length} ${backends.length === 1 ? 'place' : 'places'}: all as they should be.`,
  });
  return total > SECRETS_MAX ? { ...result, scopeExpected: total } : result;
};
