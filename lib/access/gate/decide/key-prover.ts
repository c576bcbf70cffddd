import { hash, randomBytes } from 'node:crypto';
import { digestKey, digestsEqual } from '@/lib/platform/auth/credential/key-format';

/** Peppers by id: the current one and the retired ones that still verify. */
export type Peppers = ReadonlyMap<string, string>;

export type Proof = 'proven' | 'wrong' | 'no_pepper';

/** What a secret is proven against. `proof` is the fingerprint of the secret that was. */
export interface Provable {
  readonly snapshot: { readonly digest: string; readonly pepperId: string };
  proof: string | null;
}

/**
 * Proves secrets. The HMAC under the pepper is computed once for a key and remembered as a salted SHA-256
 * fingerprint, which is useless outside of this process and cannot be steered by who compares against it.
 */
export class KeyProver {
  private readonly salt = randomBytes(32).toString('hex');

  constructor(private readonly peppers: Peppers) {}

  /** True where this very secret was proven before. */
  isProven(entry: Provable, key: string): boolean {
    return entry.proof !== null && entry.proof === this.fingerprint(key);
  }

  /** Compares the key with the stored digest; `no_pepper` where this process was not given the pepper of the key. */
  prove(entry: Provable, key: string): Proof {
    const pepper = this.peppers.get(entry.snapshot.pepperId);
    if (pepper === undefined) return 'no_pepper';
    if (!digestsEqual(digestKey(key, pepper), entry.snapshot.digest)) return 'wrong';
    entry.proof = this.fingerprint(key);
    return 'proven';
  }

  /** The digests of a secret under each pepper: what may be kept of it until it can be proven. */
  digestsOf(secret: string): Record<string, string> {
    return Object.fromEntries([...this.peppers].map(([id, pepper]) => [id, digestKey(secret, pepper)]));
  }

  /** As `prove`, with what `digestsOf` gave. */
  proveDigests(entry: Provable, digests: Readonly<Record<string, string>>): Proof {
    const digest = Object.hasOwn(digests, entry.snapshot.pepperId)
      ? digests[entry.snapshot.pepperId]
      : undefined;
    if (digest === undefined) return 'no_pepper';
    return digestsEqual(digest, entry.snapshot.digest) ? 'proven' : 'wrong';
  }

  private fingerprint(key: string): string {
    return hash('sha256', this.salt + key, 'hex');
  }
}
