import type { GateCode } from '@/lib/access/gate/codes';
import type { VerifyInput } from '@/lib/access/gate/contract';
import type { CachedKey, TenantState } from '@/lib/access/gate/decide/key-cache';
import type { CredentialKind } from '@/lib/access/gate-routes/contract';
import type { GateRoute } from '@/lib/access/gate-routes/route-table';
import type { JwtPrincipal, JwtResult } from '@/lib/access/supabase/contract';
import type { AppError } from '@/lib/platform/core/errors';
import type { LimitVerdict } from '@/lib/platform/rate-limit/contract';

interface QuestionBase {
  requestId: string;
  startedMs: number;
  socketIp: string;
  /** What the limits said, asked once: a question that is decided on again does not use them twice. */
  limit: LimitVerdict | null;
}

/** `POST /v1/verify` as it was read, before anything is known about its keys. */
export interface VerifyQuestion extends QuestionBase {
  kind: 'verify';
  /** The caller's own key; null where no usable credential was sent. */
  callerKey: string | null;
  /** More than one credential was sent. */
  isAmbiguous: boolean;
  input: VerifyInput | null;
  /** Why `input` is null. */
  problem: AppError | null;
}

/** The credential of a request, out of those that its route accepts. */
export type Presented =
  | { kind: 'none' | 'ambiguous' | 'not_accepted' | 'malformed' }
  | { kind: 'key'; via: CredentialKind; key: string }
  | { kind: 'token'; via: CredentialKind; token: string; result: JwtResult };

/** `/v1/authorize`: a request that a proxy holds, as it was read. */
export interface AuthorizeQuestion extends QuestionBase {
  kind: 'authorize';
  /** Why it cannot be decided on by a route; then nothing below is known for sure. */
  problem: GateCode | null;
  ip: string;
  method: string | null;
  host: string | null;
  /** Normalized. */
  path: string | null;
  userAgent: string | null;
  route: GateRoute | null;
  /** Sent by Bulwark to test itself, proven by its mark: decided as any other, and counted nowhere. */
  isSelfTest: boolean;
  presented: Presented;
}

export type Question = VerifyQuestion | AuthorizeQuestion;

/** What became of a question; ready to be recorded and answered. */
export interface Verdict<Q extends Question = Question> {
  question: Q;
  /** Of verify: `caller`: the calling service was refused; `input`: it may ask, but not this; `subject`: a decision. */
  about: 'caller' | 'input' | 'subject';
  code: GateCode;
  /** The service that asked; always null at a route. */
  caller: CachedKey | null;
  subject: CachedKey | null;
  /** Whoever proved a Supabase session. */
  principal: JwtPrincipal | null;
  /** What may be shown of a key that is not known. */
  unknownLabel: string | null;
  /** The block that refused. */
  blockId: string | null;
  retryAfterSeconds: number;
  /** The tenants whose state the decision rests on; at most two. */
  home: TenantState | null;
  other: TenantState | null;
  notBeforeMs: number;
  notAfterMs: number;
}

/** Tells the verdicts of the two kinds of questions apart. */
export function isAbout<K extends Question['kind']>(
  verdict: Verdict,
  kind: K,
): verdict is Verdict<Extract<Question, { kind: K }>> {
  return verdict.question.kind === kind;
}
