import type { SignInProvider } from '@/lib/platform/core/env/env-providers';

/** Who a provider says has signed in. A person is (issuer, subject); e-mail and handle only match invitations. */
export interface ProvenIdentity {
  /** Id of the configured provider, as invitations name it. */
  provider: string;
  issuer: string;
  subject: string;
  displayName: string;
  /** The provider's unique user name; only where it is one (GitHub, the local identity provider). */
  handle: string | null;
  /** Lower case, and only if the provider says that it is verified. */
  email: string | null;
}

/** Claims of an ID token or a profile: whatever the provider sent, so nothing about it is trusted. */
export type Claims = Readonly<Record<string, unknown>>;

export const GITHUB_ISSUER = 'https://github.com/login/oauth';
export const GOOGLE_ISSUER = 'https://accounts.google.com';

const NAME_LENGTH_MAX = 100;
const SUBJECT_LENGTH_MAX = 255;
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

function textOf(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const text = value.replaceAll(UNPRINTABLE, '').trim();
  return text === '' ? null : text.slice(0, NAME_LENGTH_MAX);
}

function subjectOf(value: unknown): string {
  const subject = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  if (
    typeof subject !== 'string' ||
    subject === '' ||
    subject.length > SUBJECT_LENGTH_MAX ||
    subject.includes('\u0000')
  ) {
    throw new Error('The provider named no usable subject.');
  }
  return subject;
}

function emailOf(email: unknown, isVerified: unknown): string | null {
  if (typeof email !== 'string' || (isVerified !== true && isVerified !== 'true')) return null;
  return /^[^\s@]{1,64}@[^\s@]{1,190}$/.test(email) ? email.toLowerCase() : null;
}

/** The issuer that identities of this provider belong to. */
export function issuerOf(provider: SignInProvider): string {
  switch (provider.kind) {
    case 'github':
      return GITHUB_ISSUER;
    case 'google':
      return GOOGLE_ISSUER;
    case 'oidc':
    case 'supabase':
    case 'local':
      return provider.issuer;
  }
}

/** Whether invitations may name a person of this provider by handle: only where a handle belongs to one person. */
export function hasHandles(provider: SignInProvider): boolean {
  return provider.kind === 'github' || provider.kind === 'local';
}

/** @throws Error where the claims name no subject or another issuer than the configured one */
export function identityOf(provider: SignInProvider, claims: Claims): ProvenIdentity {
  const issuer = issuerOf(provider);
  const isGithub = provider.kind === 'github';
  if (!isGithub && claims.iss !== issuer) throw new Error('The ID token was issued by another issuer.');
  const subject = subjectOf(isGithub ? claims.id : claims.sub);
  const handle = textOf(isGithub ? claims.login : claims.preferred_username);
  const email = emailOf(claims.email, claims.email_verified);
  return {
    provider: provider.id,
    issuer,
    subject,
    displayName: textOf(claims.name) ?? handle ?? email ?? subject.slice(0, NAME_LENGTH_MAX),
    handle: hasHandles(provider) ? (handle?.toLowerCase() ?? null) : null,
    email,
  };
}
