import { VERIFY_CODES } from '@/lib/access/api-keys/contract';
import { JWT_REFUSALS } from '@/lib/access/supabase/contract';

/** What a decision of the gate can end in: a key's own codes, those of a token, and those of a request at a route. */
export const GATE_CODES = {
  ...JWT_REFUSALS,
  ...VERIFY_CODES,
  NO_CREDENTIAL: 'No credential of a kind the route accepts',
  AMBIGUOUS_CREDENTIAL: 'More than one credential was sent',
  KIND_NOT_ACCEPTED: 'The route does not accept this kind of credential',
  ROUTE_DENIED: 'No matching route in security/gate.yaml',
  AMBIGUOUS_PATH: 'Servers may interpret this path differently',
  AMBIGUOUS_REQUEST: 'The forwarded headers are missing or contradictory',
  UNTRUSTED_PROXY: 'The calling address is not a trusted proxy',
  WRONG_CLIENT: 'The client certificate does not belong to the event source',
} as const;
export type GateCode = keyof typeof GATE_CODES;

/** The status of an answer at /v1/authorize. Anything that is not listed here cannot happen. */
export const AUTHORIZE_STATUS = {
  VALID: 200,
  NO_CREDENTIAL: 401,
  AMBIGUOUS_CREDENTIAL: 401,
  KIND_NOT_ACCEPTED: 401,
  MALFORMED: 401,
  NOT_FOUND: 401,
  REVOKED: 401,
  ROTATED_OUT: 401,
  DISABLED: 401,
  EXPIRED: 401,
  NOT_YET_VALID: 401,
  WRONG_ISSUER: 401,
  WRONG_AUDIENCE: 401,
  BAD_SIGNATURE: 401,
  UNKNOWN_KEY: 401,
  IP_NOT_ALLOWED: 403,
  INSUFFICIENT_SCOPE: 403,
  BLOCKED: 403,
  ROUTE_DENIED: 403,
  AMBIGUOUS_PATH: 403,
  AMBIGUOUS_REQUEST: 403,
  UNTRUSTED_PROXY: 403,
  WRONG_CLIENT: 403,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
} as const satisfies Record<GateCode, 200 | 401 | 403 | 429 | 503>;
