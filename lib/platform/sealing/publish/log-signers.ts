import { hkdfSync } from 'node:crypto';
import { familyOf } from '../rules';
import { ed25519Signer, mlDsa44Cosigner, SEED_BYTES, type Signer } from '../tlog/signer';

/**
 * The keys of each log, all derived from LOG_SIGNING_KEY: every log has its own, since a policy lists no key twice
 * (c2sp.org/tlog-policy), and every incarnation of a log has the same, so that who trusts the log trusts it after a restore.
 */
function seedOf(secret: string, family: string, algorithm: string): Uint8Array {
  return new Uint8Array(
    hkdfSync('sha256', secret, '', `bulwark log key v1\n${family}\n${algorithm}`, SEED_BYTES),
  );
}

/** Ed25519 first, for the public witness network, then ML-DSA-44. The name of a key is the origin. */
export function logSigners(secret: string, origin: string): readonly [Signer, Signer] {
  const family = familyOf(origin);
  return [
    ed25519Signer(origin, seedOf(secret, family, 'ed25519')),
    mlDsa44Cosigner(origin, seedOf(secret, family, 'ml-dsa-44')),
  ];
}
