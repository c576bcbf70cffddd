import type { GateCode } from '@/lib/access/gate/codes';
import type { VerifyInput } from '@/lib/access/gate/contract';
import type { CachedKey, CachedSource, TenantState } from '@/lib/access/gate/decide/key-cache';
import type { BodyEncoding, EventKind } from '@/lib/access/gate/intake-contract';
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

/**
 * Who sends events. `digest`: a secret of which only its HMACs are known, since it was kept on disk while it could not
 * be proven.
 */
export type SentWith =
  | { kind: 'none' | 'ambiguous' | 'malformed' }
  | { kind: 'key'; key: string }
  | { kind: 'source'; token: string }
  | { kind: 'digest'; of: 'key' | 'source'; publicId: string; digests: Readonly<Record<string, string>> };

/** What was sent, as far as it is kept. */
export interface SentBody {
  bytes: Buffer;
  encoding: BodyEncoding;
  /** As sent, also where only the beginning of it was kept. */
  length: number;
  headersDigest: Buffer;
}

/** `POST /v1/events/…`: a body to be kept. */
export interface EventsQuestion extends QuestionBase {
  kind: 'events';
  events: EventKind;
  sentWith: SentWith;
  /** The sender's address; behind a trusted proxy that of its client. */
  ip: string;
  /** Of the client certificate that a trusted proxy verified. */
  clientSubject: string | null;
  host: string | null;
  userAgent: string | null;
  body: SentBody;
  /** Why a strict sender gets a 400; asked once it is known that it may send at all. */
  refusal(): AppError | null;
  /** When it was received, where it was kept on disk since, by the database's clock. */
  spilledAtMs: number | null;
}

export type Question = VerifyQuestion | AuthorizeQuestion | EventsQuestion;

/** What became of a question; ready to be recorded and answered. */
export interface Verdict<Q extends Question = Question> {
  question: Q;
  /** Of verify: `caller`: the calling service was refused; `input`: it may ask, but not this; `subject`: a decision. */
  about: 'caller' | 'input' | 'subject';
  code: GateCode;
  /** The service that asked; always null at a route. */
  caller: CachedKey | null;
  subject: CachedKey | null;
  /** The event source whose token was sent. */
  source: CachedSource | null;
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
