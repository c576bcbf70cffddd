import { asSystem } from '@/db/scope';
import type { AuditEntry } from '@/lib/platform/audit/record';
import { recordAudit } from '@/lib/platform/audit/record';
import type { AnonymousActor, RequestInfo } from '@/lib/platform/auth/contract';
import { limitSubject } from '@/lib/platform/core/address';
import { MINUTE_MS } from '@/lib/platform/core/clock';
import { AppError, type ErrorCode, type ErrorOptionsMore } from '@/lib/platform/core/errors';
import { consoleLimiter } from '@/lib/platform/rate-limit/console-limiter';
import { LocalQuota } from '@/lib/platform/rate-limit/local-quota';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';

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
    options?: ErrorOptionsMore,
  ) {
    super(code, message, options);
  }
}

/** Rows per address and minute; a flood beyond it is refused all the same, but cannot fill the log. */
const recorded = new LocalQuota(120, MINUTE_MS);
/** Refusals that count as guessing: such a key was never issued. */
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

/** @throws RefusedError rate_limited for an address that tried too many keys that do not exist */
export function slowGuessing(request: RequestInfo): void {
  const retryAfterSeconds = consoleLimiter().failedKeys.waitSeconds(request.ip);
  if (retryAfterSeconds === 0) return;
  throw new RefusedError(
    'rate_limited',
    'Too many requests with unknown keys from your IP address. Wait a minute, then check the key.',
    { code: 'RATE_LIMITED' },
    { retryAfterSeconds },
  );
}

/** Records that a credential was refused, and counts it against the address. */
export async function recordRefusal(request: RequestInfo, refusal: Refusal): Promise<void> {
  const subject = limitSubject(request.ip);
  if (GUESSED.has(refusal.code)) await consoleLimiter().failedKeys.count(request.ip);
  if (!recorded.take(subject)) return;
  await recordAlone(anonymousActor(request, refusal.tenantId, refusal.label), {
    action: 'auth.refused',
    outcome: 'denied',
    code: refusal.code,
    ...(refusal.target ? { target: refusal.target } : {}),
  });
}
