import type { Actor, RequestInfo } from '@/lib/platform/auth/contract';
import { AppError } from '@/lib/platform/core/errors';
import { consoleLimiter } from '@/lib/platform/rate-limit/console-limiter';
import type { LimitedRequest, LimitVerdict } from '@/lib/platform/rate-limit/contract';

function limitedRequestOf(info: RequestInfo, actor: Actor | null): LimitedRequest {
  const isKey = actor?.type === 'key';
  return {
    method: info.method ?? '',
    host: info.host ?? '',
    path: info.path ?? '',
    ip: info.ip,
    userId: actor?.type === 'user' ? actor.userId : null,
    keyId: isKey ? actor.keyId : null,
    ownerId: isKey ? (actor.ownerUserId ?? null) : null,
    tenantId: actor?.tenantId ?? null,
    cost: 1,
    keyLimits: isKey ? (actor.rateLimits ?? []) : [],
  };
}

/** What the limits say of a request to the console or the management API. */
export async function limitRequest(info: RequestInfo, actor: Actor | null): Promise<LimitVerdict> {
  const [verdict] = await consoleLimiter().check([limitedRequestOf(info, actor)]);
  if (!verdict) throw new Error('The limiter gave no verdict');
  return verdict;
}

/** The failure that a refused request is answered with. */
export function limitError({ limit, isUnavailable, retryAfterSeconds }: LimitVerdict): AppError {
  if (isUnavailable) {
    const sentence =
      'Rate limits are temporarily unavailable because Redis is not responding. Try again later.';
    return new AppError('unavailable', sentence, { retryAfterSeconds });
  }
  const allowed = limit
    ? ` ${limit.quota} in ${limit.windowSeconds} seconds allowed by the limit “${limit.name}”.`
    : '';
  return new AppError(
    'rate_limited',
    `Too many requests.${allowed} Try again in ${retryAfterSeconds} seconds.`,
    {
      retryAfterSeconds,
    },
  );
}
