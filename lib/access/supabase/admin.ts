import { createClient, isAuthApiError, type User } from '@supabase/supabase-js';
import { SECOND_MS } from '@/lib/platform/core/clock';
import type { SupabaseEnv } from '@/lib/platform/core/env/env';
import { AppError } from '@/lib/platform/core/errors';
import type { SupabaseUserDto } from './contract';

const TIMEOUT_MS = 8 * SECOND_MS;
const PAGE = 200;
const PAGES_MAX = 5;
/** GoTrue knows no endless ban; this is what its own console sets, a hundred years. */
const ENDLESS = '876000h';

/** Redirects are refused: the service key goes to the configured project and nowhere else. */
const guardedFetch: typeof fetch = (input, init) =>
  fetch(input, {
    ...init,
    redirect: 'error',
    signal: init?.signal
      ? AbortSignal.any([init.signal, AbortSignal.timeout(TIMEOUT_MS)])
      : AbortSignal.timeout(TIMEOUT_MS),
  });

function userDtoOf(user: User): SupabaseUserDto {
  const bannedUntil = user.banned_until ?? null;
  return {
    id: user.id,
    email: user.email ?? null,
    createdAt: user.created_at,
    lastSignInAt: user.last_sign_in_at ?? null,
    isAnonymous: user.is_anonymous ?? false,
    bannedUntil: bannedUntil !== null && Date.parse(bannedUntil) > Date.now() ? bannedUntil : null,
  };
}

function unavailable(cause: unknown): AppError {
  return new AppError('unavailable', 'Supabase did not answer. Try again in a moment.', {
    cause,
    retryAfterSeconds: 5,
  });
}

/** What Bulwark does at Supabase with the service key. */
export class SupabaseAdmin {
  private readonly admin;

  constructor(url: string, serviceRoleKey: string) {
    const auth = { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false };
    this.admin = createClient(url, serviceRoleKey, { auth, global: { fetch: guardedFetch } }).auth.admin;
  }

  /** @returns null where Supabase knows no such user. @throws AppError `unavailable` */
  async findUser(userId: string): Promise<SupabaseUserDto | null> {
    const { data, error } = await this.admin.getUserById(userId).catch((cause: unknown) => {
      throw unavailable(cause);
    });
    if (error) {
      if (isAuthApiError(error) && error.status === 404) return null;
      throw unavailable(error);
    }
    return userDtoOf(data.user);
  }

  /** Users whose e-mail holds the text, in the order of Supabase. @throws AppError `unavailable` */
  async findByEmail(text: string): Promise<{ users: SupabaseUserDto[]; isComplete: boolean }> {
    const wanted = text.toLowerCase();
    const users: SupabaseUserDto[] = [];
    for (let page = 1; page <= PAGES_MAX; page++) {
      const { data, error } = await this.admin.listUsers({ page, perPage: PAGE }).catch((cause: unknown) => {
        throw unavailable(cause);
      });
      if (error) throw unavailable(error);
      users.push(...data.users.map(userDtoOf).filter((user) => user.email?.toLowerCase().includes(wanted)));
      if (data.users.length < PAGE) return { users, isComplete: true };
    }
    return { users, isComplete: false };
  }

  /**
   * Bans a user, or ends their ban: a banned one gets no new token, and can refresh none.
   * @param forSeconds null: without an end; 0: not banned
   * @returns false where Supabase knows no such user. @throws AppError `unavailable`
   */
  async setBan(userId: string, forSeconds: number | null): Promise<boolean> {
    const duration = forSeconds === null ? ENDLESS : forSeconds === 0 ? 'none' : `${Math.ceil(forSeconds)}s`;
    const { error } = await this.admin
      .updateUserById(userId, { ban_duration: duration })
      .catch((cause: unknown) => {
        throw unavailable(cause);
      });
    if (!error) return true;
    if (isAuthApiError(error) && error.status === 404) return false;
    throw unavailable(error);
  }
}

/** @returns null where no service key is configured */
export function supabaseAdminOf(supabase: SupabaseEnv | null): SupabaseAdmin | null {
  if (!supabase?.serviceRoleKey) return null;
  return new SupabaseAdmin(supabase.url, supabase.serviceRoleKey);
}
