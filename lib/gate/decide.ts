import type { VerifyCode } from '@/lib/api-keys/contract';
import { decideKey } from '@/lib/auth/key-decision';
import { displayPrefix, KEY_LENGTH, type ParsedKey, parseKey } from '@/lib/auth/key-format';
import type { AppError } from '@/lib/core/errors';
import { GATE_SCOPE, type VerifyInput } from './contract';
import type { FailureGuard } from './failure-guard';
import type { CachedKey, KeyCache } from './key-cache';
import type { KeyProver } from './key-prover';

/** One request as it was read, before anything is known about its keys. */
export interface Question {
  requestId: string;
  startedMs: number;
  socketIp: string;
  /** The caller's own key; null where no usable credential was sent. */
  callerKey: string | null;
  /** More than one credential was sent. */
  isAmbiguous: boolean;
  input: VerifyInput | null;
  /** Why `input` is null. */
  problem: AppError | null;
}

/** What became of a question; ready to be recorded and answered. */
export interface Verdict<Q extends Question = Question> {
  question: Q;
  /** `caller`: the calling service was refused; `input`: it may ask, but not this; `subject`: the key was decided on. */
  about: 'caller' | 'input' | 'subject';
  code: VerifyCode;
  caller: CachedKey | null;
  subject: CachedKey | null;
  /** What may be shown of a key that is not known. */
  unknownLabel: string | null;
  retryAfterSeconds: number;
  notBeforeMs: number;
  notAfterMs: number;
}

interface Credential {
  code: VerifyCode;
  entry: CachedKey | null;
  label: string | null;
  retryAfterSeconds: number;
}

export interface Decider {
  cache: KeyCache;
  prover: KeyProver;
  guard: FailureGuard;
}

const PUBLIC_ID_START = 'blw_live_'.length;
const PUBLIC_ID_END = PUBLIC_ID_START + 16;
const FOREVER_MS = Number.MAX_SAFE_INTEGER;
const CALLER_SCOPES = [GATE_SCOPE] as const;

function credential(code: VerifyCode, more: Partial<Credential> = {}): Credential {
  return { code, entry: null, label: null, retryAfterSeconds: 0, ...more };
}

function labelOf({ environment, publicId }: ParsedKey): string {
  return displayPrefix(environment, publicId);
}

/**
 * Names and proves a key. A secret proven before passes at once, also from an address that failed too often: it is
 * no guess. Anything else from such an address is refused before any look-up.
 * @param tenantId the only tenant whose keys may be found; null for a caller, whose tenant is not known yet
 * @param isFinal true where a key that memory lacks does not exist; false where it must be looked up: null
 */
function identify(
  { cache, prover, guard }: Decider,
  key: string,
  ip: string,
  tenantId: string | null,
  isFinal: boolean,
): Credential | null {
  const proven = key.length === KEY_LENGTH ? cache.get(key.slice(PUBLIC_ID_START, PUBLIC_ID_END)) : undefined;
  if (proven && prover.isProven(proven, key) && (tenantId === null || proven.tenant.id === tenantId)) {
    return { code: 'VALID', entry: proven, label: null, retryAfterSeconds: 0 };
  }
  const retryAfterSeconds = guard.waitSeconds(ip);
  if (retryAfterSeconds > 0) return credential('RATE_LIMITED', { retryAfterSeconds });
  const parsed = parseKey(key);
  if (!parsed) return credential('MALFORMED');
  const label = labelOf(parsed);
  const entry = cache.get(parsed.publicId);
  if (!entry) return isFinal ? credential('NOT_FOUND', { label }) : null;
  const proof = prover.prove(entry, key);
  const isOwn = tenantId === null || entry.tenant.id === tenantId;
  if (isOwn && proof === 'proven') return credential('VALID', { entry });
  return credential(isOwn && proof === 'no_pepper' ? 'UNAVAILABLE' : 'NOT_FOUND', { label });
}

function refusedCaller<Q extends Question>(question: Q, found: Credential): Verdict<Q> {
  return {
    question,
    about: 'caller',
    code: found.code,
    caller: found.entry,
    subject: null,
    unknownLabel: found.label,
    retryAfterSeconds: found.retryAfterSeconds,
    notBeforeMs: 0,
    notAfterMs: FOREVER_MS,
  };
}

function decideSubject<Q extends Question>(
  verdict: Verdict<Q>,
  input: VerifyInput,
  found: Credential,
  nowMs: number,
): Verdict<Q> {
  verdict.about = 'subject';
  verdict.code = found.code;
  verdict.subject = found.entry;
  verdict.unknownLabel = found.label;
  verdict.retryAfterSeconds = found.retryAfterSeconds;
  if (!found.entry) return verdict;
  const decision = decideKey(found.entry.snapshot, { nowMs, ip: input.ip, scopes: input.scopes });
  verdict.code = decision.code;
  verdict.notBeforeMs = Math.max(verdict.notBeforeMs, decision.notBeforeMs);
  verdict.notAfterMs = Math.min(verdict.notAfterMs, decision.notAfterMs);
  return verdict;
}

function decideWith<Q extends Question>(
  decider: Decider,
  question: Q,
  nowMs: number,
  isFinal: boolean,
): Verdict<Q> | null {
  const { callerKey, input, socketIp } = question;
  if (callerKey === null) {
    const verdict = refusedCaller(question, credential('MALFORMED'));
    if (question.isAmbiguous) verdict.about = 'input';
    return verdict;
  }
  const caller = identify(decider, callerKey, socketIp, null, isFinal);
  if (!caller) return null;
  const verdict = refusedCaller(question, caller);
  if (!caller.entry) return verdict;
  const decision = decideKey(caller.entry.snapshot, { nowMs, ip: socketIp, scopes: CALLER_SCOPES });
  verdict.code = decision.code;
  verdict.notBeforeMs = decision.notBeforeMs;
  verdict.notAfterMs = decision.notAfterMs;
  if (decision.code !== 'VALID') return verdict;
  if (!input) {
    verdict.about = 'input';
    return verdict;
  }
  const subject = identify(decider, input.key, input.ip ?? socketIp, caller.entry.tenant.id, isFinal);
  return subject ? decideSubject(verdict, input, subject, nowMs) : null;
}

/**
 * Decides a question from memory.
 * @param nowMs the database's clock
 * @returns null where memory lacks a key of the question
 */
export function decide<Q extends Question>(decider: Decider, question: Q, nowMs: number): Verdict<Q> | null {
  return decideWith(decider, question, nowMs, false);
}

/** Decides a question whose keys were just looked up: one that memory lacks does not exist. */
export function decideFinally<Q extends Question>(decider: Decider, question: Q, nowMs: number): Verdict<Q> {
  const verdict = decideWith(decider, question, nowMs, true);
  if (!verdict) throw new Error('A final decision left a key open');
  return verdict;
}

/** The address that a failed attempt counts against; null where the verdict is no failed attempt. */
export function failedAttemptIp(verdict: Verdict): string | null {
  if (verdict.code !== 'MALFORMED' && verdict.code !== 'NOT_FOUND') return null;
  const { question } = verdict;
  if (verdict.about === 'input') return null;
  if (verdict.about === 'subject') return question.input?.ip ?? question.socketIp;
  return question.callerKey === null ? null : question.socketIp;
}
