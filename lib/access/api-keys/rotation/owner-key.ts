import { createPublicKey, type KeyObject } from 'node:crypto';
import { CompactEncrypt, calculateJwkThumbprint, importJWK, type JWK } from 'jose';
import { AppError } from '@/lib/platform/core/errors';

const RSA_BITS_MIN = 2048;

export interface OwnerKey {
  jwk: JWK;
  /** What it is, for people: `RSA 3072`, `EC P-256`, `X25519`. */
  kind: string;
  /** RFC 7638, SHA-256: how the owner recognises the key. */
  thumbprint: string;
}

function refuse(message: string): AppError {
  return new AppError('bad_request', message, { fields: [{ path: 'publicKey', message }] });
}

function keyObjectOf(text: string): KeyObject {
  if (/PRIVATE KEY/.test(text))
    throw refuse('This is a private key. Keep it private, and paste the matching public key instead.');
  try {
    if (!text.startsWith('{')) return createPublicKey(text);
    const jwk: unknown = JSON.parse(text);
    if (typeof jwk === 'object' && jwk !== null && ('d' in jwk || 'k' in jwk)) {
      throw refuse(
        'This JWK contains a private key. Keep it private, and paste the matching public key instead.',
      );
    }
    return createPublicKey({ key: jwk as JWK, format: 'jwk' });
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw refuse('This is not a public key. Paste PEM (BEGIN PUBLIC KEY) or a JWK.');
  }
}

function kindOf(key: KeyObject): string {
  const { modulusLength = 0, namedCurve } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
      if (modulusLength < RSA_BITS_MIN)
        throw refuse(`The RSA key is too short: use ${RSA_BITS_MIN} bits or more.`);
      return `RSA ${modulusLength}`;
    case 'ec': {
      const curves: Record<string, string> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' };
      const curve = curves[namedCurve ?? ''];
      if (!curve) throw refuse('Use an EC key on P-256, P-384 or P-521.');
      return `EC ${curve}`;
    }
    case 'x25519':
      return 'X25519';
    default:
      throw refuse('This kind of key cannot encrypt. Use RSA, EC or X25519.');
  }
}

async function ownerKeyOf(key: KeyObject): Promise<OwnerKey> {
  const { kty, n, e, crv, x, y } = key.export({ format: 'jwk' }) as JWK;
  const jwk: JWK = kty === 'RSA' ? { kty, n, e } : { kty, crv, x, ...(y === undefined ? {} : { y }) };
  return { jwk, kind: kindOf(key), thumbprint: await calculateJwkThumbprint(jwk) };
}

/** Reads a public key that secrets can be encrypted to. @throws AppError bad_request, also for a private one */
export function parseOwnerKey(text: string): Promise<OwnerKey> {
  return ownerKeyOf(keyObjectOf(text));
}

/** A stored public JWK, which was checked when it was uploaded. */
export function storedOwnerKey(jwk: Record<string, unknown>): Promise<OwnerKey> {
  return ownerKeyOf(createPublicKey({ key: jwk as JWK, format: 'jwk' }));
}

/** The secret as a compact JWE (RFC 7516) that only the holder of the private key can read. */
export async function encryptToOwner(owner: OwnerKey, secret: string): Promise<string> {
  const alg = owner.jwk.kty === 'RSA' ? 'RSA-OAEP-256' : 'ECDH-ES+A256KW';
  return new CompactEncrypt(new TextEncoder().encode(secret))
    .setProtectedHeader({ alg, enc: 'A256GCM', kid: owner.thumbprint })
    .encrypt(await importJWK(owner.jwk, alg));
}
