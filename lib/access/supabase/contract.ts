import { z } from 'zod';

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
  MALFORMED: 'Not a Supabase token',
  EXPIRED: 'The token has expired',
  NOT_YET_VALID: 'The token is not valid yet',
  WRONG_ISSUER: 'The token was issued by another issuer',
  WRONG_AUDIENCE: 'The token is meant for another audience',
  BAD_SIGNATURE: 'The signature of the token is wrong',
  UNKNOWN_KEY: 'The token was signed with a key that Supabase does not publish',
  UNAVAILABLE: 'Supabase’s signing keys could not be loaded',
} as const;
export type JwtRefusal = keyof typeof JWT_REFUSALS;

export type JwtResult = { principal: JwtPrincipal } | { refusal: JwtRefusal };

/** `q`: the id of a user, or a part of an e-mail address. */
export const lookUpUsersInput = z.strictObject({
  q: z.string().trim().min(3, 'Write at least 3 letters.').max(320),
});
export type LookUpUsersInput = z.input<typeof lookUpUsersInput>;

export const supabaseUserDto = z.object({
  id: z.uuid(),
  email: z.string().nullable(),
  createdAt: z.string(),
  lastSignInAt: z.string().nullable(),
  isAnonymous: z.boolean(),
  /** Null where the user is not banned at Supabase now. */
  bannedUntil: z.string().nullable(),
});
export type SupabaseUserDto = z.infer<typeof supabaseUserDto>;

/** `isComplete` false: Supabase has more users than were looked through. */
export const supabaseUserListDto = z.object({ items: z.array(supabaseUserDto), isComplete: z.boolean() });
export type SupabaseUserListDto = z.infer<typeof supabaseUserListDto>;
