import { createHmac, timingSafeEqual } from 'node:crypto';
import type { KeyEnvironment } from '@/lib/access/api-keys/contract';
import { CHECKSUM_LENGTH, randomBase62, withChecksum, withoutChecksum } from './base62';

/**
 * `blw_<env>_<id><secret><crc32>`: 16 + 32 + 6 base62 characters after the prefix, 63 in all. The id (95 bits) finds
 * the row, the secret (190 bits) proves it, the base62 CRC32 of everything before it lets a scanner and the gate
 * reject a typo offline, as GitHub's tokens do.
 */
const ID_LENGTH = 16;
const SECRET_LENGTH = 32;
const PREFIX_LENGTH = 'blw_live_'.length;
export const KEY_LENGTH = PREFIX_LENGTH + ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH;
const SHAPE = /^blw_(live|test)_[0-9A-Za-z]{54}$/;

export interface NewKey {
  /** The whole key: shown once, never stored. */
  key: string;
  publicId: string;
  last4: string;
}

export function generateKey(environment: KeyEnvironment): NewKey {
  const publicId = randomBase62(ID_LENGTH);
  const key = withChecksum(`blw_${environment}_${publicId}${randomBase62(SECRET_LENGTH)}`);
  return { key, publicId, last4: key.slice(-4) };
}

export interface ParsedKey {
  environment: KeyEnvironment;
  publicId: string;
}

/** Reads a key without any look-up; `null` where shape or checksum is wrong. */
export function parseKey(key: string): ParsedKey | null {
  if (key.length !== KEY_LENGTH || !SHAPE.test(key) || withoutChecksum(key) === null) return null;
  return {
    environment: key.startsWith('blw_live_') ? 'live' : 'test',
    publicId: key.slice(PREFIX_LENGTH, PREFIX_LENGTH + ID_LENGTH),
  };
}

/** What may be shown of a key beside its last four characters. */
export function displayPrefix(environment: KeyEnvironment, publicId: string): string {
  return `blw_${environment}_${publicId.slice(0, 4)}`;
}

/** Hex HMAC-SHA256 of the whole key; a fast hash is right for a secret of 190 random bits. */
export function digestKey(key: string, pepper: string): string {
  return createHmac('sha256', pepper).update(key).digest('hex');
}

/** Compares two hex digests in constant time. */
export function digestsEqual(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
