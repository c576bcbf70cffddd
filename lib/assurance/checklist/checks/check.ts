import type { ReadTx } from '@/db/scope';
import type { CheckKind, ParametersOf, ScopeOf } from '@/lib/assurance/checklist/check-kinds';
import type { Observation, Outcome } from '@/lib/assurance/checklist/contract';
import { worstOutcome } from '@/lib/assurance/checklist/rules';

/** What a check may look at beside the network. */
export interface CheckContext<K extends CheckKind> {
  tenantId: string;
  scope: ScopeOf<K>;
  parameters: ParametersOf<K>;
  nowMs: number;
  /** Aborted when the check has taken too long. */
  signal: AbortSignal;
  /** One read-only transaction of the tenant. */
  read<T>(fn: (tx: ReadTx) => Promise<T>): Promise<T>;
  sources: CheckSources;
}

/** What other rooms and the environment know; the worker's registry hands it in. */
export interface CheckSources {
  mode: 'local' | 'production';
  consoleUrl: string;
  gateUrl: string;
  secrets(): readonly {
    name: string;
    from: 'file' | 'environment';
    file: { path: string; isReadableByOthers: boolean } | null;
  }[];
  /** Headers that mark a request to a host as Bulwark's own test; none where this process has no pepper. */
  selfTest(host: string): Record<string, string>;
  /** @throws where the policy cannot be used */
  rateLimits(): readonly { name: string; isShadow: boolean; line: number }[];
}

export interface CheckResult {
  outcome: Outcome;
  summary: string;
  observations: Observation[];
  scopeExpected: number;
  scopeCovered: number;
  /** How many fail, where not all of them are among the observations. */
  failingTotal?: number;
  /** What else was seen, for the evidence. Never a secret. */
  facts: Record<string, unknown>;
}

export type RunCheck<K extends CheckKind> = (context: CheckContext<K>) => Promise<CheckResult>;

const NAMES_SHOWN = 3;

/** `1 asset has`, `3 assets have`. */
export function counted(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}

const isUnseen = ({ outcome }: Observation) => outcome === 'error' || outcome === 'not_available';

export function seen(
  resource: string,
  outcome: Outcome,
  detail: string,
  href: string | null = null,
): Observation {
  return { resource, outcome, detail, href };
}

/** Looking was not possible at all, or there is nothing to look at. */
export function nothingSeen(
  outcome: 'not_available' | 'not_applicable' | 'error' | 'fail',
  summary: string,
): CheckResult {
  return { outcome, summary, observations: [], scopeExpected: 0, scopeCovered: 0, facts: {} };
}

function sentenceOf(outcome: Outcome, hit: readonly Observation[], total: number, many: string): string {
  const [first] = hit;
  if (hit.length === 1 && first) return `${first.resource}: ${first.detail}`;
  const names = hit.slice(0, NAMES_SHOWN).map(({ resource }) => resource);
  const more = hit.length > NAMES_SHOWN ? ` and ${hit.length - NAMES_SHOWN} more` : '';
  const verb = outcome === 'fail' ? 'fail' : outcome === 'warn' ? 'need review' : 'could not be checked';
  return `${hit.length} of ${total} ${many} ${verb}: ${names.join(', ')}${more}.`;
}

/**
 * The result of looking at several things: as bad as the worst of them, named in the summary.
 * @param many what they are, in plural
 */
export function resultOf(
  many: string,
  observations: Observation[],
  { facts = {}, well }: { facts?: Record<string, unknown>; well: string },
): CheckResult {
  const outcome = worstOutcome(observations.map((one) => one.outcome));
  const hit = observations.filter((one) => one.outcome === outcome);
  const isWell = outcome === 'pass' || outcome === 'not_applicable';
  return {
    outcome,
    summary: isWell ? well : sentenceOf(outcome, hit, observations.length, many),
    observations,
    scopeExpected: observations.length,
    scopeCovered: observations.filter((one) => !isUnseen(one)).length,
    facts,
  };
}
