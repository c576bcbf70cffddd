/** Who a verified Supabase token speaks for. Times in Unix milliseconds, the clock skew allowed for already. */
export interface JwtPrincipal {
  issuer: string;
  /** `sub`: the user's id at Supabase. */
  userId: string;
  /** `session_id`, or `jti` where a token has none: what a revocation names. Never the token itself. */
  sessionId: string | null;
  jti: string | null;
  role: string;
  aal: string | null;
  isAnonymous: boolean;
  /** As the token says it; Supabase may not have verified it. */
  email: string | null;
  tenantId: string;
  expiresAtMs: number;
  notBeforeMs: number;
  /** The claim `scope` and `app_metadata.scopes`, which only Supabase's service key can set. */
  scopes: readonly string[];
}

/** Why a token was not accepted, with the words a reader sees. */
export const JWT_REFUSALS = {
  MALFORMED: 'Not a token that Supabase issues',
  EXPIRED: 'The token has expired',
  NOT_YET_VALID: 'The token is not valid yet',
  WRONG_ISSUER: 'The token was issued by another issuer',
  WRONG_AUDIENCE: 'The token is meant for another audience',
  BAD_SIGNATURE: 'The signature of the token is wrong',
  UNKNOWN_KEY: 'The token was signed with a key that Supabase does not publish',
  UNAVAILABLE: 'The keys of Supabase could not be read',
} as const;
export type JwtRefusal = keyof typeof JWT_REFUSALS;

export type JwtResult = { principal: JwtPrincipal } | { refusal: JwtRefusal };
