import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto';

/** The cryptography that this library builds on. A browser takes primitives.browser.ts in its place. */

const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const ML_DSA_44_SPKI = Buffer.from('30820532300b06096086480165030403110382052100', 'hex');

/** A hash that leaves OpenSSL as a string takes a quarter of the time of one that leaves as a buffer. */
export function sha256(message: Uint8Array): Uint8Array {
  const digest = hash('sha256', message, 'binary');
  const bytes = new Uint8Array(digest.length);
  for (let i = 0; i < digest.length; i++) bytes[i] = digest.charCodeAt(i);
  return bytes;
}

function publicKeyOf(prefix: Buffer, key: Uint8Array): KeyObject | null {
  try {
    return createPublicKey({ key: Buffer.concat([prefix, key]), format: 'der', type: 'spki' });
  } catch {
    return null;
  }
}

/** RFC 8032. @param key 32 bytes */
export function verifyEd25519(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const publicKey = publicKeyOf(ED25519_SPKI, key);
  return publicKey !== null && verify(null, message, publicKey, signature);
}

/** FIPS 204, pure, empty context. @param key 1,312 bytes */
export function verifyMlDsa44(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const publicKey = publicKeyOf(ML_DSA_44_SPKI, key);
  return publicKey !== null && verify(null, message, publicKey, signature);
}
