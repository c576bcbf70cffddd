import { concat, uint64, utf8 } from './bytes';
import { parseCheckpoint } from './checkpoint';
import { isSignedBy, type Note, NoteError, SIGNATURE_TYPES, type VerifierKey } from './note';
import { verifyEd25519, verifyMlDsa44 } from './primitives';

/** What is signed, per type of signature (c2sp.org/signed-note, c2sp.org/tlog-cosignature), and its verification. */

const ML_DSA_LABEL = utf8('subtree/v1\n\0');
const TIME_BYTES = 8;
const TEXT_BYTES_MAX = 255;

const counted = (text: string): Uint8Array => {
  const bytes = utf8(text);
  if (bytes.length < 1 || bytes.length > TEXT_BYTES_MAX)
    throw new NoteError('A name has no length that fits.');
  return concat(Uint8Array.of(bytes.length), bytes);
};

/** The message of an Ed25519 cosignature. @param time POSIX seconds */
export const ed25519CosignedMessage = (text: string, time: number): Uint8Array =>
  utf8(`cosignature/v1\ntime ${time}\n${text}`);

/** The message of an ML-DSA-44 cosignature of a whole tree. @throws NoteError where the text is no checkpoint */
export function mlDsa44CosignedMessage(text: string, cosigner: string, time: number): Uint8Array {
  const checkpoint = parseCheckpoint(text);
  if (!checkpoint) throw new NoteError('The note is not a checkpoint.');
  const { origin, size, root } = checkpoint;
  return concat(
    ML_DSA_LABEL,
    counted(cosigner),
    uint64(time),
    counted(origin),
    uint64(0),
    uint64(size),
    root,
  );
}

export interface VerifiedSignature {
  key: VerifierKey;
  line: string;
  /** POSIX seconds at which a cosignature was made; null for a plain signature, which has no time. */
  time: number | null;
}

function timeOf(bytes: Uint8Array): number | null {
  if (bytes.length < TIME_BYTES) return null;
  const time = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0);
  return time > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(time);
}

/** @returns the time that is signed, null without one; undefined where the signature does not verify */
function verifyBytes(key: VerifierKey, text: string, bytes: Uint8Array): number | null | undefined {
  if (key.type === SIGNATURE_TYPES.ed25519) {
    return verifyEd25519(key.publicKey, utf8(text), bytes) ? null : undefined;
  }
  const time = timeOf(bytes);
  if (time === null) return undefined;
  const signature = bytes.subarray(TIME_BYTES);
  const isValid =
    key.type === SIGNATURE_TYPES.ed25519Cosignature
      ? verifyEd25519(key.publicKey, ed25519CosignedMessage(text, time), signature)
      : verifyMlDsa44(key.publicKey, mlDsa44CosignedMessage(text, key.name, time), signature);
  return isValid ? time : undefined;
}

/**
 * The signatures of known keys on a note. Unknown lines are ignored; one that names a known key and does not verify condemns
 * the whole note.
 * @returns none where no known key signed it, which a caller must take for unsigned
 * @throws NoteError
 */
export function verifySignatures(note: Note, keys: readonly VerifierKey[]): VerifiedSignature[] {
  return keys.flatMap((key) =>
    note.signatures.filter(isSignedBy(key)).map(({ bytes, line }) => {
      const time = verifyBytes(key, note.text, bytes);
      if (time === undefined) throw new NoteError(`The signature of ${key.name} does not verify.`);
      return { key, line, time };
    }),
  );
}
