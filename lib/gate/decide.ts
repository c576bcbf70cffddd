import type { VerifyCode } from '@/lib/api-keys/contract';
import { decideKey, type KeyDecision } from '@/lib/auth/key-decision';
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
const ALWAYS: KeyDecision = { code: 'VALID', notBeforeMs: 0, notAfterMs: Number.MAX_SAFE_INTEGER };
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

/** What is thought of a caller's key from one address. */
interface Standing {
  ip: string;
  credential: Credential;
  decision: KeyDecision;
}

/** The decisions of one batch: made at one moment, by one state of memory. */
export class DecisionRound {
  /** By caller key. A service asks many questions at once; its key is proven and decided on once for all of them. */
  private readonly standings = new Map<string, Standing>();

  /**
   * @param nowMs the database's clock
   * @param isFinal true where the keys of the questions were just looked up: one that memory lacks does not exist
   */
  constructor(
    private readonly decider: Decider,
    private readonly nowMs: number,
    private readonly isFinal: boolean,
  ) {}

  /** @returns null where memory lacks a key of the question, which never happens in a final round */
  decide<Q extends Question>(question: Q): Verdict<Q> | null {
    const { callerKey, input, socketIp } = question;
    if (callerKey === null) {
      const about = question.isAmbiguous ? 'input' : 'caller';
      return verdictOf(question, about, credential('MALFORMED'), null, ALWAYS);
    }
    const standing = this.standingOf(callerKey, socketIp);
    if (!standing) return null;
    const caller = standing.credential.entry;
    const { decision } = standing;
    if (!caller || decision.code !== 'VALID') {
      return verdictOf(question, 'caller', { ...standing.credential, code: decision.code }, caller, decision);
    }
    if (!input) return verdictOf(question, 'input', standing.credential, caller, decision);
    const found = identify(this.decider, input.key, input.ip ?? socketIp, caller.tenant.id, this.isFinal);
    return found && this.decideSubject(question, input, found, caller, decision);
  }

  private standingOf(callerKey: string, ip: string): Standing | null {
    const known = this.standings.get(callerKey);
    if (known?.ip === ip) return known;
    const found = identify(this.decider, callerKey, ip, null, this.isFinal);
    if (!found) return null;
    const decision = found.entry
      ? decideKey(found.entry.snapshot, { nowMs: this.nowMs, ip, scopes: CALLER_SCOPES })
      : { ...ALWAYS, code: found.code };
    const standing = { ip, credential: found, decision };
    this.standings.set(callerKey, standing);
    return standing;
  }

  private decideSubject<Q extends Question>(
    question: Q,
    input: VerifyInput,
    found: Credential,
    caller: CachedKey,
    callerHolds: KeyDecision,
  ): Verdict<Q> {
    const verdict = verdictOf(question, 'subject', found, caller, callerHolds);
    if (!found.entry) return verdict;
    const { code, notBeforeMs, notAfterMs } = decideKey(found.entry.snapshot, {
      nowMs: this.nowMs,
      ip: input.ip,
      scopes: input.scopes,
    });
    verdict.code = code;
    verdict.subject = found.entry;
    verdict.notBeforeMs = Math.max(verdict.notBeforeMs, notBeforeMs);
    verdict.notAfterMs = Math.min(verdict.notAfterMs, notAfterMs);
    return verdict;
  }
}

function verdictOf<Q extends Question>(
  question: Q,
  about: Verdict['about'],
  found: Credential,
  caller: CachedKey | null,
  holds: KeyDecision,
): Verdict<Q> {
  return {
    question,
    about,
    code: found.code,
    caller,
    subject: null,
    unknownLabel: found.label,
    retryAfterSeconds: found.retryAfterSeconds,
    notBeforeMs: holds.notBeforeMs,
    notAfterMs: holds.notAfterMs,
  };
}

/** The address that a failed attempt counts against; null where the verdict is no failed attempt. */
export function failedAttemptIp(verdict: Verdict): string | null {
  if (verdict.code !== 'MALFORMED' && verdict.code !== 'NOT_FOUND') return null;
  const { question } = verdict;
  if (verdict.about === 'input') return null;
  if (verdict.about === 'subject') return question.input?.ip ?? question.socketIp;
  return question.callerKey === null ? null : question.socketIp;
}
