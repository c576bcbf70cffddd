import { DAY_MS, HOUR_MS } from '@/lib/platform/core/clock';
import {
  type BackendKind,
  type BackendState,
  type Proof,
  SCAN_KINDS,
  type SecretDto,
  type SecretModel,
  STANDARD_INTERVAL_DAYS,
  TAG_INTERVALS,
} from './contract';

/** How long a complete reading says how things are: servers are read every hour, scans come from CI. */
export function freshForMs(kind: BackendKind): number {
  return SCAN_KINDS.some((one) => one === kind) ? 35 * DAY_MS : 26 * HOUR_MS;
}
/** A proof is repeated every day; this is with some slack. */
export const PROOF_FRESH_MS = 26 * HOUR_MS;
export const SKEW_MAX_MS = 120_000;

/** Servers that keep values: of these the console proves that it cannot read them. */
export const isProvable = (kind: BackendKind): boolean =>
  kind === 'vault' || kind === 'openbao' || kind === 'aws';

export interface IntervalFacts {
  intervalDays: number;
  intervalFrom: SecretDto['intervalFrom'];
}

/** What a person set stands; then what the backend says, then a tag, then 90 days. */
export function intervalOf(
  before: IntervalFacts | null,
  { fromBackend, tags }: { fromBackend: number | null; tags: readonly string[] },
): IntervalFacts {
  if (before?.intervalFrom === 'person') return before;
  if (fromBackend !== null) return { intervalDays: fromBackend, intervalFrom: 'backend' };
  const tagged = tags.flatMap((tag) => TAG_INTERVALS[tag] ?? []);
  if (tagged.length > 0) return { intervalDays: Math.min(...tagged), intervalFrom: 'tag' };
  return { intervalDays: STANDARD_INTERVAL_DAYS, intervalFrom: 'standard' };
}

export interface DueFacts {
  model: SecretModel;
  /** The creation of the current version, or when the secret was first seen where that is not known. */
  sinceMs: number;
  intervalDays: number;
  /** Of the same version; null for a new one. */
  dueBeforeMs: number | null;
}

/** When it must be rotated. The date of a version is frozen: a longer interval does not move it, a shorter one does. */
export function dueAtMs({ model, sinceMs, intervalDays, dueBeforeMs }: DueFacts): number | null {
  if (model === 'dynamic') return null;
  const dueMs = sinceMs + intervalDays * DAY_MS;
  return dueBeforeMs === null ? dueMs : Math.min(dueBeforeMs, dueMs);
}

export interface BackendFacts {
  kind: BackendKind;
  readAtMs: number | null;
  problem: { code: string; sentence: string } | null;
  proof: { outcome: Proof; sentence: string; atMs: number } | null;
  unreadPaths: readonly string[];
  clockSkewMs: number | null;
}

const ago = (ms: number) =>
  ms < 2 * DAY_MS ? `${Math.round(ms / HOUR_MS)} hours` : `${Math.round(ms / DAY_MS)} days`;

function skewSentence(skewMs: number): string {
  const minutes = Math.max(1, Math.round(Math.abs(skewMs) / 60_000));
  return `Its clock is ${minutes} ${minutes === 1 ? 'minute' : 'minutes'} ${skewMs > 0 ? 'ahead of' : 'behind'} this host's. Synchronize both with NTP.`;
}

/** What a backend is, worst first, and the sentence that says what to do. */
export function backendState(
  facts: BackendFacts,
  nowMs: number,
): { state: BackendState; sentence: string | null } {
  const { kind, readAtMs, problem, proof, unreadPaths, clockSkewMs } = facts;
  if (proof?.outcome === 'readable') return { state: 'readable', sentence: proof.sentence };
  if (problem) return { state: 'problem', sentence: problem.sentence };
  if (readAtMs === null) return { state: 'unread', sentence: 'It has not been read yet.' };
  if (nowMs - readAtMs > freshForMs(kind))
    return { state: 'unread', sentence: `It was last read ${ago(nowMs - readAtMs)} ago. Read it again.` };
  if (clockSkewMs !== null && Math.abs(clockSkewMs) > SKEW_MAX_MS)
    return { state: 'problem', sentence: skewSentence(clockSkewMs) };
  const isProven = proof?.outcome === 'denied' && nowMs - proof.atMs <= PROOF_FRESH_MS;
  if (isProvable(kind) && !isProven)
    return {
      state: 'unproven',
      sentence: proof?.sentence ?? 'Whether Bulwark could read values is not proven yet.',
    };
  const [first] = unreadPaths;
  if (first === undefined) return { state: 'ok', sentence: null };
  const more = unreadPaths.length > 1 ? ` and ${unreadPaths.length - 1} more` : '';
  return {
    state: 'partial',
    sentence: `Could not read ${first}${more}. Extend the policy of Bulwark's identity.`,
  };
}
