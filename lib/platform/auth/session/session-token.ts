import { createHash, randomBytes } from 'node:crypto';

/** A fresh session token of 256 random bits; only its digest is ever stored. */
export function newSessionToken(): string {
  return randomBytes(32).toString('base64url');
}

/** Hex SHA-256; a fast hash is right for a token of 256 random bits. */
export function digestSessionToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
