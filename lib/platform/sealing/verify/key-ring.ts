import { logSigners } from '../publish/log-signers';
import { familyOf } from '../rules';
import { type Checkpoint, parseCheckpoint } from '../tlog/checkpoint';
import { keyHandle, NoteError, parseNote, type VerifierKey, verifierKey } from '../tlog/note';
import type { VerifiedSignature } from '../tlog/signature';
import { verifySignatures } from '../tlog/signature';

/** A key of a log with the sizes for which it may sign; null: no end. */
export interface TrustedKey {
  key: VerifierKey;
  from: number;
  until: number | null;
}

/** Whose signatures count, and who says so. */
export interface KeyRing {
  source: string;
  keysOf(origin: string): TrustedKey[];
}

/** The keys that LOG_SIGNING_KEY derives: nobody who only has the database can have made them. */
export function ringOfSecrets(secrets: readonly string[]): KeyRing {
  return {
    source: 'LOG_SIGNING_KEY',
    keysOf: (origin) =>
      secrets.flatMap((secret) =>
        logSigners(secret, origin).map(({ key }) => ({ key, from: 0, until: null })),
      ),
  };
}

/** Keys of a list: those of the origin itself, or of another incarnation of its log, which has the same. */
export function ringOfKeys(source: string, keys: readonly TrustedKey[]): KeyRing {
  return {
    source,
    keysOf: (origin) =>
      keys
        .filter(({ key }) => familyOf(key.name) === familyOf(origin))
        .map((trusted) => ({
          ...trusted,
          key: verifierKey(origin, trusted.key.type, trusted.key.publicKey),
        })),
  };
}

export type CheckedNote =
  | { checkpoint: Checkpoint; signatures: VerifiedSignature[]; problem: null }
  | { problem: string };

/** Reads a signed checkpoint. At least one trusted key must have signed it, at a size for which it may. */
export function checkNote(note: string, ring: KeyRing): CheckedNote {
  try {
    const parsed = parseNote(note);
    const checkpoint = parseCheckpoint(parsed.text);
    if (!checkpoint) return { problem: 'It is not a checkpoint.' };
    const trusted = ring.keysOf(checkpoint.origin);
    const signatures = verifySignatures(
      parsed,
      trusted.map(({ key }) => key),
    );
    const inTime = signatures.filter(({ key }) => {
      const own = trusted.find((each) => each.key === key);
      return own && own.from <= checkpoint.size && (own.until === null || checkpoint.size <= own.until);
    });
    if (inTime.length > 0) return { checkpoint, signatures: inTime, problem: null };
    const late = signatures.map(({ key }) => keyHandle(key)).join(', ');
    return {
      problem:
        signatures.length === 0
          ? `No trusted key has signed it (trusted: ${trusted.map(({ key }) => keyHandle(key)).join(', ') || 'none'}).`
          : `Only ${late} has signed it, which may not sign at size ${checkpoint.size}.`,
    };
  } catch (error) {
    if (error instanceof NoteError) return { problem: error.message };
    throw error;
  }
}
