import { RateLimiterMemory } from 'rate-limiter-flexible';
import { asSystem } from '@/db/scope';
import type { AuditEntry } from '@/lib/audit/record';
import { recordAudit } from '@/lib/audit/record';
import { AppError, type ErrorCode } from '@/lib/core/errors';
import { DEFAULT_TENANT_ID } from '@/lib/tenancy/contract';
import { limitSubject } from './client-ip';
import type { AnonymousActor, RequestInfo } from './contract';

/** What the log keeps of a refused credential; the tenant and the target where they are known. */
export interface Refusal {
  code: string;
  tenantId?: string;
  label?: string;
  target?: AuditEntry['target'];
}

/** A credential that was not accepted: an AppError for the caller that carries what is to be recorded. */
export class RefusedError extends AppError {
  constructor(
    code: ErrorCode,
    message: string,
    readonly refusal: Refusal,
  ) {
    super(code, message);
  }
}

/** Rows per address and minute; a flood beyond it is refused all the same, but cannot fill the log. */
const recorded = new RateLimiterMemory({ points: 120, duration: 60 });
/** Keys that no one ever issued, per address and minute: beyond it no key of that address is looked up. */
const GUESSES_PER_MINUTE = 30;
const guesses = new RateLimiterMemory({ points: GUESSES_PER_MINUTE, duration: 60 });
const GUESSED = new Set(['MALFORMED', 'NOT_FOUND']);

/** Somebody without a name, in the log of the home tenant unless another is known. */
export function anonymousActor(
  request: RequestInfo,
  tenantId = DEFAULT_TENANT_ID,
  label = 'unknown',
): AnonymousActor {
  return { type: 'anonymous', tenantId, label, request };
}

/** Records one event about a caller who is nobody yet. */
// guard: it records what happened to a caller who holds no permission yet; nothing else is written
export async function recordAlone(actor: AnonymousActor, entry: AuditEntry): Promise<void> {
  await asSystem('record a refusal', (tx) => recordAudit(tx, actor, entry), actor.tenantId);
}

/** @throws AppError rate_limited for an address that guessed too many keys in the last minute */
export async function slowGuessing(request: RequestInfo): Promise<void> {
  const spent = await guesses.get(limitSubject(request.ip));
  if (!spent || spent.consumedPoints < GUESSES_PER_MINUTE) return;
  throw new AppError(
    'rate_limited',
    'Too many unknown keys came from your address. Wait a minute and correct the key.',
    {
      retryAfterSeconds: Math.max(1, Math.ceil(spent.msBeforeNext / 1000)),
    },
  );
}

/** Records that a credential was refused, and counts it against the address. */
export async function recordRefusal(request: RequestInfo, refusal: Refusal): Promise<void> {
  const subject = limitSubject(request.ip);
  if (GUESSED.has(refusal.code)) await guesses.penalty(subject);
  const isRecorded = await recorded.consume(subject).then(
    () => true,
    () => false,
  );
  if (!isRecorded) return;
  await recordAlone(anonymousActor(request, refusal.tenantId, refusal.label), {
    action: 'auth.refused',
    outcome: 'denied',
    code: refusal.code,
    ...(refusal.target ? { target: refusal.target } : {}),
  });
}
