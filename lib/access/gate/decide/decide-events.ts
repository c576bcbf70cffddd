import type { GateCode } from '@/lib/access/gate/codes';
import type { EventsQuestion, Verdict } from '@/lib/access/gate/http/question';
import { isSubject } from '@/lib/access/gate/intake/client-subject';
import { EVENTS_SCOPE } from '@/lib/access/gate/intake-contract';
import { decideKey } from '@/lib/platform/auth/credential/key-decision';
import { displaySourceToken, parseSourceToken } from '@/lib/platform/auth/credential/source-token';
import { credential, type Decider, identify } from './identify';
import type { CachedKey, CachedSource } from './key-cache';
import type { Proof } from './key-prover';

const SCOPES = [EVENTS_SCOPE] as const;

/** Whom a credential names. */
interface Sender {
  code: GateCode;
  key: CachedKey | null;
  source: CachedSource | null;
  label: string | null;
  retryAfterSeconds: number;
}

function sender(code: GateCode, more: Partial<Sender> = {}): Sender {
  return { code, key: null, source: null, label: null, retryAfterSeconds: 0, ...more };
}

/** Decisions on whether bodies of events are taken in: made at one moment, by one state of memory. */
export class EventsRound {
  constructor(
    private readonly decider: Decider,
    private readonly nowMs: number,
    private readonly isFinal: boolean,
  ) {}

  /**
   * The first failing check wins: a credential, no block, its own state and where it may be used from. Rate limits do
   * not apply: what is refused is gone for ever, since Falco never looks at the answer; floods are summarised later.
   * @returns null where memory lacks a key or a source of the question, which never happens in a final round
   */
  decide<Q extends EventsQuestion>(question: Q): Verdict<Q> | null {
    const found = this.find(question);
    if (!found) return null;
    const tenant = (found.key ?? found.source)?.tenant ?? null;
    const verdict: Verdict<Q> = {
      question,
      about: 'subject',
      code: found.code,
      caller: null,
      subject: found.key,
      source: found.source,
      principal: null,
      unknownLabel: found.label,
      blockId: null,
      retryAfterSeconds: found.retryAfterSeconds,
      home: tenant,
      other: null,
      notBeforeMs: 0,
      notAfterMs: Number.MAX_SAFE_INTEGER,
    };
    this.applyBlocks(verdict);
    if (verdict.code === 'VALID') this.decideOwnState(verdict);
    if (verdict.code === 'VALID' && question.refusal() !== null) verdict.about = 'input';
    return verdict;
  }

  private find(question: EventsQuestion): Sender | null {
    const { sentWith, ip } = question;
    switch (sentWith.kind) {
      case 'none':
        return sender('NO_CREDENTIAL');
      case 'ambiguous':
        return sender('AMBIGUOUS_CREDENTIAL');
      case 'malformed':
        return sender('MALFORMED');
      case 'key': {
        const found = identify(this.decider, sentWith.key, ip, null, this.isFinal);
        return found && sender(found.code, { ...found, key: found.entry });
      }
      case 'source':
        return this.findSource(sentWith.token, ip);
      case 'digest':
        return this.findByDigest(sentWith);
    }
  }

  private findSource(token: string, ip: string): Sender | null {
    const { cache, prover, guard } = this.decider;
    const publicId = parseSourceToken(token);
    const entry = publicId === null ? undefined : cache.source(publicId);
    if (entry && prover.isProven(entry, token)) return sender('VALID', { source: entry });
    const retryAfterSeconds = guard.waitSeconds(ip);
    if (retryAfterSeconds > 0) return sender('RATE_LIMITED', { retryAfterSeconds });
    if (publicId === null) return sender('MALFORMED');
    const label = displaySourceToken(publicId);
    if (!entry) return this.isFinal ? sender('NOT_FOUND', { label }) : null;
    return this.proven(prover.prove(entry, token), { source: entry }, label);
  }

  private findByDigest({
    of,
    publicId,
    digests,
  }: Extract<EventsQuestion['sentWith'], { kind: 'digest' }>): Sender | null {
    const { cache, prover } = this.decider;
    const key = of === 'key' ? (cache.get(publicId) ?? null) : null;
    const source = of === 'source' ? (cache.source(publicId) ?? null) : null;
    const label = `${of === 'key' ? 'blw' : 'bws'}_${publicId.slice(0, 4)}`;
    const entry = key ?? source;
    if (!entry) return this.isFinal ? sender('NOT_FOUND', { label }) : null;
    return this.proven(prover.proveDigests(entry, digests), { key, source }, label);
  }

  private proven(proof: Proof, found: Partial<Sender>, label: string): Sender {
    if (proof === 'proven') return sender('VALID', found);
    return sender(proof === 'no_pepper' ? 'UNAVAILABLE' : 'NOT_FOUND', { label });
  }

  private applyBlocks(verdict: Verdict<EventsQuestion>): void {
    const { home, question, subject } = verdict;
    if (!home || home.blocks.size === 0) return;
    verdict.notAfterMs = Math.min(verdict.notAfterMs, home.blocks.holdsUntilMs(this.nowMs));
    const request = {
      ip: question.ip,
      userAgent: question.userAgent,
      method: 'POST',
      host: question.host,
      path: `/v1/events/${question.events}`,
      keyId: subject?.snapshot.keyId ?? null,
      ownerId: subject?.snapshot.ownerUserId ?? null,
      userId: null,
      sessionId: null,
    };
    const block = home.blocks.find(request, this.nowMs);
    if (!block) return;
    verdict.code = 'BLOCKED';
    verdict.blockId = block.id;
  }

  private decideOwnState(verdict: Verdict<EventsQuestion>): void {
    const { subject, source, question } = verdict;
    if (subject) {
      const { code, notBeforeMs, notAfterMs } = decideKey(subject.snapshot, {
        nowMs: this.nowMs,
        ip: question.ip,
        scopes: SCOPES,
      });
      verdict.code = code;
      verdict.notBeforeMs = Math.max(verdict.notBeforeMs, notBeforeMs);
      verdict.notAfterMs = Math.min(verdict.notAfterMs, notAfterMs);
    } else if (source) {
      verdict.code = codeOfSource(source, question);
    } else {
      verdict.code = credential('UNAVAILABLE').code;
    }
  }
}

/** A token in a URL is in many logs: it counts only together with where, or by whom, it is sent. */
function codeOfSource({ snapshot, networks }: CachedSource, question: EventsQuestion): GateCode {
  if (snapshot.isRevoked) return 'REVOKED';
  if (question.events !== 'falco') return 'KIND_NOT_ACCEPTED';
  if (networks === null && snapshot.clientSubject === null) return 'WRONG_CLIENT';
  if (networks !== null && !(question.ip && networks.has(question.ip))) return 'IP_NOT_ALLOWED';
  const { clientSubject } = snapshot;
  if (clientSubject !== null && !isSubject(clientSubject, question.clientSubject)) return 'WRONG_CLIENT';
  return 'VALID';
}
