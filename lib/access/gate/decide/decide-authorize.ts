import type { BlockRow } from '@/lib/access/blocks/contract';
import type { GateCode } from '@/lib/access/gate/codes';
import type { AuthorizeQuestion, Verdict } from '@/lib/access/gate/http/question';
import type { GateRoute } from '@/lib/access/gate-routes/route-table';
import type { JwtPrincipal } from '@/lib/access/supabase/contract';
import { decideKey } from '@/lib/platform/auth/credential/key-decision';
import { type Decider, identify } from './identify';
import { NO_BLOCKS, type TenantState } from './key-cache';

const FOREVER_MS = Number.MAX_SAFE_INTEGER;

function refusal<Q extends AuthorizeQuestion>(question: Q, code: GateCode): Verdict<Q> {
  return {
    question,
    about: 'subject',
    code,
    caller: null,
    subject: null,
    source: null,
    principal: null,
    unknownLabel: null,
    blockId: null,
    retryAfterSeconds: 0,
    home: null,
    other: null,
    notBeforeMs: 0,
    notAfterMs: FOREVER_MS,
  };
}

function codeOfPresented(kind: 'none' | 'ambiguous' | 'not_accepted' | 'malformed'): GateCode {
  switch (kind) {
    case 'none':
      return 'NO_CREDENTIAL';
    case 'ambiguous':
      return 'AMBIGUOUS_CREDENTIAL';
    case 'not_accepted':
      return 'KIND_NOT_ACCEPTED';
    case 'malformed':
      return 'MALFORMED';
  }
}

/** Decisions on requests at routes: made at one moment, by one state of memory. */
export class AuthorizeRound {
  constructor(
    private readonly decider: Decider,
    private readonly nowMs: number,
    private readonly isFinal: boolean,
  ) {}

  /**
   * The first failing check wins: a readable request, a route, an accepted credential, no block, the credential's own
   * state. Limits come after all of them (lib/access/gate/decide/limits.ts).
   * @returns null where memory lacks a key or a tenant of the question, which never happens in a final round
   */
  decide<Q extends AuthorizeQuestion>(question: Q): Verdict<Q> | null {
    const { problem, route } = question;
    if (problem !== null || route === null) return refusal(question, problem ?? 'ROUTE_DENIED');
    const verdict = refusal(question, 'VALID');
    const home = this.decider.cache.tenant(route.homeTenantId);
    if (!home && !this.isFinal) return null;
    verdict.home = home ?? null;
    if (!this.identify(question, route, verdict)) return null;
    this.applyBlocks(verdict);
    if (verdict.code === 'VALID' && route.access !== 'public') this.decideOwnState(question, route, verdict);
    return verdict;
  }

  /** Finds out who asks; `code` stays VALID where that is clear. @returns false where memory does not know */
  private identify(question: AuthorizeQuestion, route: GateRoute, verdict: Verdict): boolean {
    const { presented } = question;
    if (route.access === 'public') return true;
    if (presented.kind === 'token') return this.identifyPrincipal(presented.result, route, verdict);
    if (presented.kind !== 'key') {
      verdict.code = codeOfPresented(presented.kind);
      return true;
    }
    const found = identify(this.decider, presented.key, question.ip, route.tenantId, this.isFinal);
    if (!found) return this.blockOf(verdict.home, verdict) !== null;
    verdict.code = found.code;
    verdict.subject = found.entry;
    verdict.unknownLabel = found.label;
    verdict.retryAfterSeconds = found.retryAfterSeconds;
    if (found.entry && found.entry.tenant !== verdict.home) verdict.other = found.entry.tenant;
    return true;
  }

  private identifyPrincipal(
    result: { principal: JwtPrincipal } | { refusal: GateCode },
    route: GateRoute,
    verdict: Verdict,
  ): boolean {
    if ('refusal' in result) {
      verdict.code = result.refusal;
      return true;
    }
    const { principal } = result;
    if (route.tenantId !== null && route.tenantId !== principal.tenantId) {
      verdict.code = 'NOT_FOUND';
      return true;
    }
    verdict.principal = principal;
    if (principal.tenantId === route.homeTenantId) return true;
    const tenant = this.decider.cache.tenant(principal.tenantId);
    verdict.other = tenant ?? null;
    return tenant !== undefined || this.isFinal;
  }

  private blockOf(tenant: TenantState | null, verdict: Verdict): BlockRow | null {
    const blocks = tenant?.blocks ?? NO_BLOCKS;
    const { question, subject, principal } = verdict;
    if (blocks.size === 0 || question.kind !== 'authorize') return null;
    const { ip, userAgent, method, host, path } = question;
    const request = {
      ip,
      userAgent,
      method,
      host,
      path,
      keyId: subject?.snapshot.keyId ?? null,
      ownerId: subject?.snapshot.ownerUserId ?? null,
      userId: principal?.userId ?? null,
      sessionId: principal?.sessionId ?? null,
    };
    return blocks.find(request, this.nowMs);
  }

  /** A block wins over whatever else is wrong: nothing more is said to who is blocked. */
  private applyBlocks(verdict: Verdict): void {
    for (const tenant of [verdict.home, verdict.other]) {
      if (!tenant || tenant.blocks.size === 0) continue;
      verdict.notAfterMs = Math.min(verdict.notAfterMs, tenant.blocks.holdsUntilMs(this.nowMs));
      const block = this.blockOf(tenant, verdict);
      if (!block) continue;
      verdict.code = 'BLOCKED';
      verdict.blockId = block.id;
      return;
    }
  }

  private decideOwnState(question: AuthorizeQuestion, route: GateRoute, verdict: Verdict): void {
    const { subject, principal } = verdict;
    if (subject) {
      const { code, notBeforeMs, notAfterMs } = decideKey(subject.snapshot, {
        nowMs: this.nowMs,
        ip: question.ip,
        scopes: route.scopes,
      });
      verdict.code = code;
      verdict.notBeforeMs = Math.max(verdict.notBeforeMs, notBeforeMs);
      verdict.notAfterMs = Math.min(verdict.notAfterMs, notAfterMs);
    } else if (principal) {
      this.decidePrincipal(principal, route, verdict);
    } else {
      verdict.code = 'UNAVAILABLE';
    }
  }

  /** The token's times are checked again here, by the database's clock. */
  private decidePrincipal(principal: JwtPrincipal, route: GateRoute, verdict: Verdict): void {
    const { expiresAtMs, notBeforeMs, scopes, isAnonymous } = principal;
    if (this.nowMs >= expiresAtMs) {
      verdict.code = 'EXPIRED';
      verdict.notBeforeMs = expiresAtMs;
      return;
    }
    verdict.notAfterMs = Math.min(verdict.notAfterMs, expiresAtMs);
    if (this.nowMs < notBeforeMs) {
      verdict.code = 'NOT_YET_VALID';
      verdict.notAfterMs = Math.min(verdict.notAfterMs, notBeforeMs);
      return;
    }
    verdict.notBeforeMs = Math.max(verdict.notBeforeMs, notBeforeMs);
    if (isAnonymous) verdict.code = 'KIND_NOT_ACCEPTED';
    else if (route.scopes.some((scope) => !scopes.includes(scope))) verdict.code = 'INSUFFICIENT_SCOPE';
  }
}
