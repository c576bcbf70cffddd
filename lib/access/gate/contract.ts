import { z } from 'zod';
import { VERIFY_CODE_NAMES } from '@/lib/access/api-keys/contract';
import { canonicalAddress } from '@/lib/platform/core/address';

/** Where the gate listens for questions about keys. */
export const VERIFY_PATH = '/v1/verify';

/** Where proxies ask about a request that they hold; also with the request's own path behind it. */
export const AUTHORIZE_PATH = '/v1/authorize';

/** The scope that a service's own key needs to ask the gate. */
export const GATE_SCOPE = 'gate:verify';

/** Bytes of a request body; a question of the allowed lengths fits many times. */
export const BODY_LENGTH_MAX = 16 * 1024;

const address = z
  .union([z.ipv4(), z.ipv6()], 'Enter one IPv4 or IPv6 address, such as 192.0.2.7, without a port or zone.')
  .transform((text) => canonicalAddress(text) ?? text);

/**
 * `POST /v1/verify`. `ip`, `method` and `path` describe the request that the service received; `scopes` are all
 * required of the key. `cost` is how much of a rate limit the request uses.
 */
export const verifyInput = z.strictObject({
  key: z.string().min(1, 'Give the key to verify.').max(1024),
  scopes: z.array(z.string().min(1).max(100)).max(50).optional(),
  ip: address.optional(),
  method: z
    .string()
    .regex(/^[A-Za-z-]{1,32}$/, 'Give a method such as GET.')
    .optional(),
  path: z.string().max(8192).optional(),
  cost: z.int().min(1).max(1_000_000).optional(),
});
export type VerifyInput = z.output<typeof verifyInput>;

/** The answer to a question: always status 200, whatever `valid` is. Fields of an unknown key are null. */
export const verifyDto = z.object({
  valid: z.boolean(),
  code: z.enum(VERIFY_CODE_NAMES),
  keyId: z.uuid().nullable(),
  /** The number of the key's version whose secret was given. */
  version: z.number().int().nullable(),
  tenantId: z.uuid().nullable(),
  /** The user who answers for the key. */
  owner: z.uuid().nullable(),
  scopes: z.array(z.string()),
  expiresAt: z.iso.datetime().nullable(),
  /** Only while the key is being rotated: `pending` is the new secret before its first use, `grace` the old one. */
  rotation: z
    .object({ state: z.enum(['pending', 'grace']), graceEndsAt: z.iso.datetime().nullable() })
    .optional(),
  /** The limit that refused, or the one nearest to refusing; null where none applies. */
  rateLimit: z
    .object({
      name: z.string(),
      limit: z.number().int(),
      windowSeconds: z.number().int(),
      remaining: z.number().int(),
      /** Until some of it comes back. */
      resetSeconds: z.number().int(),
    })
    .nullable(),
  /** Why the key was revoked; only with REVOKED. */
  reason: z.string().optional(),
  /** Seconds to wait; with RATE_LIMITED and with UNAVAILABLE where limits cannot be counted. */
  retryAfter: z.number().int().optional(),
  requestId: z.uuid(),
});
export type VerifyDto = z.infer<typeof verifyDto>;
