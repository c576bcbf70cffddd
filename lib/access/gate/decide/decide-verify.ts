import type { BlockRow } from '@/lib/access/blocks/contract';
import { GATE_SCOPE, type VerifyInput } from '@/lib/access/gate/contract';
import type { Verdict, VerifyQuestion } from '@/lib/access/gate/http/question';
import { decideKey, type KeyDecision } from '@/lib/platform/auth/credential/key-decision';
import { normalizePath } from '@/lib/platform/core/http/request-path';
import { ALWAYS, type Credential, credential, type Decider, identify } from './identify';
import type { CachedKey } from './key-cache';

const CALLER_SCOPES = [GATE_SCOPE] as const;

/** What is thought of a caller's key from one address. */
interface Standing {
  ip: string;
  credential: Credential;
  decision: KeyDecision;
}

/** The blocks that a question falls under: those of the caller's tenant, on what the caller says of the request. */
function blockOf(
  input: VerifyInput,
  subject: CachedKey | null,
  caller: CachedKey,
  nowMs: number,
): BlockRow | null {
  const { blocks } = caller.tenant;
  if (blocks.size === 0) return null;
  const request = {
    ip: input.ip ?? null,
    keyId: subject?.snapshot.keyId ?? null,
    ownerId: subject?.snapshot.ownerUserId ?? null,
    userId: null,
    sessionId: null,
    userAgent: null,
    method: input.method ?? null,
    host: null,
    path: input.path === undefined ? null : normalizePath(input.path),
  };
  return blocks.find(request, nowMs);
}

/** Decisions on the questions of one batch: made at one moment, by one state of memory. */
export class VerifyRound {
  /** By caller key. A service asks many questions at once; its key is proven and decided on once for all of them. */
  private readonly standings = new Map<string, Standing>();

  constructor(
    private readonly decider: Decider,
    private readonly nowMs: number,
    private readonly isFinal: boolean,
  ) {}

  /** @returns null where memory lacks a key of the question, which never happens in a final round */
  decide<Q extends VerifyQuestion>(question: Q): Verdict<Q> | null {
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

  private decideSubject<Q extends VerifyQuestion>(
    question: Q,
    input: VerifyInput,
    found: Credential,
    caller: CachedKey,
    callerHolds: KeyDecision,
  ): Verdict<Q> {
    const verdict = verdictOf(question, 'subject', found, caller, callerHolds);
    verdict.subject = found.entry;
    const block = blockOf(input, found.entry, caller, this.nowMs);
    verdict.notAfterMs = Math.min(verdict.notAfterMs, caller.tenant.blocks.holdsUntilMs(this.nowMs));
    if (block) {
      verdict.code = 'BLOCKED';
      verdict.blockId = block.id;
      return verdict;
    }
    if (!found.entry) return verdict;
    const { code, notBeforeMs, notAfterMs } = decideKey(found.entry.snapshot, {
      nowMs: this.nowMs,
      ip: input.ip,
      scopes: input.scopes,
    });
    verdict.code = code;
    verdict.notBeforeMs = Math.max(verdict.notBeforeMs, notBeforeMs);
    verdict.notAfterMs = Math.min(verdict.notAfterMs, notAfterMs);
    return verdict;
  }
}

function verdictOf<Q extends VerifyQuestion>(
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
    source: null,
    principal: null,
    unknownLabel: found.label,
    blockId: null,
    retryAfterSeconds: found.retryAfterSeconds,
    home: caller?.tenant ?? null,
    other: null,
    notBeforeMs: holds.notBeforeMs,
    notAfterMs: holds.notAfterMs,
  };
}
