import { hash, randomBytes } from 'node:crypto';
import { digestKey, digestsEqual } from '@/lib/platform/auth/credential/key-format';
import type { CachedKey } from './key-cache';

/** Peppers by id: the current one and the retired ones that still verify. */
export type Peppers = ReadonlyMap<string, string>;

export type Proof = 'proven' | 'wrong' | 'no_pepper';

/**
 * Proves secrets. The HMAC under the pepper is computed once for a key and remembered as a salted SHA-256
 * fingerprint, which is useless outside of this process and cannot be steered by who compares against it.
 */
export class KeyProver {
  private readonly salt = randomBytes(32).toString('hex');

  constructor(private readonly peppers: Peppers) {}

  /** True where this very secret was proven before. */
  isProven(entry: CachedKey, key: string): boolean {
    return entry.proof !== null && entry.proof === this.fingerprint(key);
  }

  /** Compares the key with the stored digest; `no_pepper` where this process was not given the pepper of the key. */
  prove(entry: CachedKey, key: string): Proof {
    const pepper = this.peppers.get(entry.snapshot.pepperId);
    if (pepper === undefined) return 'no_pepper';
    if (!digestsEqual(digestKey(key, pepper), entry.snapshot.digest)) return 'wrong';
    entry.proof = this.fingerprint(key);
    return 'proven';
  }

  private fingerprint(key: string): string {
    return hash('sha256', this.salt + key, 'hex');
  }
}
