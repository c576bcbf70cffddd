import { formatDuration, SECOND_MS } from '@/lib/platform/core/clock';
import type { LimitRuleDto, RateLimitsDto, RuleMiss } from '@/lib/platform/rate-limit/contract';

export const SUBJECT_WORDS: Record<LimitRuleDto['per'][number], string> = {
  user: 'user',
  key: 'key',
  owner: 'key owner',
  ip: 'address',
  tenant: 'tenant',
};

export const STORE_FAILURE_WORDS: Record<LimitRuleDto['onStoreFailure'], string> = {
  local: 'Lower cap per process',
  open: 'Allows all requests',
  closed: 'Answers 503',
};

export const MISS_WORDS: Record<RuleMiss, string> = {
  plane: 'Applies to the other surface (console or gate)',
  method: 'For other methods',
  host: 'For other hosts',
  path: 'For other paths',
  subject: 'The request has no matching subject',
  failures: 'Counts only keys that do not exist',
};

const grouped = (count: number) => count.toLocaleString('en');
const counted = (count: number, noun: string) => `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;

/** `100 per 1m`. */
export function windowWords({ quota, windowSeconds }: LimitRuleDto['windows'][number]): string {
  return `${grouped(quota)} per ${formatDuration(windowSeconds * SECOND_MS)}`;
}

/** Who is counted: `key, else user, else address`. */
export function perWords(per: LimitRuleDto['per']): string {
  return per.map((subject) => SUBJECT_WORDS[subject]).join(', else ');
}

/** Which requests a rule is for; null where for all. */
export function matchWords({ at, match: { methods, hosts, paths } }: LimitRuleDto): string | null {
  const sides = at.length === 1 ? [at[0] === 'gate' ? 'At the gate' : 'In the console'] : [];
  const parts = [methods?.join(', '), hosts?.join(', '), paths?.join(', ')].filter(
    (part) => part !== undefined,
  );
  const words = [...sides, ...parts].join(' · ');
  return words === '' ? null : words;
}

/** Is something wrong, since when, what to do. */
export function statusSentence({ state, refused, rules }: RateLimitsDto): string {
  if (state.problems.length > 0) return `${state.file} has errors. The previous version is still in effect.`;
  if (state.store === 'fallback')
    return 'Redis is not responding. Each process applies a lower limit of its own.';
  const where = state.store === 'redis' ? 'counted in Redis' : 'counted in each process';
  const told = refused === 0 ? 'No requests denied' : `${counted(refused, 'request')} denied`;
  return `${counted(rules.length, 'limit')} active, ${where}. ${told} in the last hour.`;
}
