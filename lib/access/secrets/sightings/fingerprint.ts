import { createHmac } from 'node:crypto';
import { passwordIn } from '@/lib/platform/core/plain-secrets/shapes';

export const LENGTH_CLASSES = ['1-7', '8-15', '16-31', '32+'] as const;
export type LengthClass = (typeof LENGTH_CLASSES)[number];

const LEAST: readonly [number, LengthClass][] = [
  [32, '32+'],
  [16, '16-31'],
  [8, '8-15'],
];

/** As much as is said of a value's length: a password of 9 characters is not told from one of 15. */
export function lengthClassOf(value: string): LengthClass {
  return LEAST.find(([least]) => value.length >= least)?.[1] ?? '1-7';
}

/** The secret itself: the password of a connection string, which may stand alone elsewhere, and no line end of a file. */
export function secretPartOf(value: string): string {
  const password = passwordIn(value);
  if (password === null) return value.replace(/\r?\n$/, '');
  try {
    return decodeURIComponent(password);
  } catch {
    return password;
  }
}

/** Hex HMAC-SHA256 (RFC 2104) under the tenant's key: the same secret in two places gives the same text, and no more. */
export function fingerprintOf(value: string, key: Buffer): string {
  return createHmac('sha256', key).update(secretPartOf(value)).digest('hex');
}
