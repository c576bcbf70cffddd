import { concat, fromBase64, fromUtf8, toBase64, utf8 } from './bytes';
import { sha256 } from './primitives';

/** Signed notes and verifier keys of c2sp.org/signed-note. */

/** Signature types with an assigned byte that this library verifies. */
export const SIGNATURE_TYPES = { ed25519: 0x01, ed25519Cosignature: 0x04, mlDsa44Cosignature: 0x06 } as const;
export type SignatureType = (typeof SIGNATURE_TYPES)[keyof typeof SIGNATURE_TYPES];

const KEY_BYTES: Record<SignatureType, number> = { 1: 32, 4: 32, 6: 1312 };

/** Far above what the specification demands of every verifier (16 lines of 5 kB). */
const NOTE_BYTES_MAX = 1024 * 1024;
const SIGNATURES_MAX = 256;
const KEY_ID_BYTES = 4;

/** The text is not a note, or not one that may be believed; `message` says why. */
export class NoteError extends Error {
  override readonly name = 'NoteError';
}

export interface NoteSignature {
  name: string;
  keyId: number;
  /** What follows the key id. */
  bytes: Uint8Array;
  /** The whole line, with its end. */
  line: string;
}

export interface Note {
  /** What is signed, with its last line end. */
  text: string;
  signatures: readonly NoteSignature[];
}

const LINE_END = 0x0a;
const KEY_NAME = /^[^\s+\u0085\ufeff]+$/u;
const SIGNATURE_LINE = /^— (\S+) (\S+)\n$/u;

/** ASCII control characters below U+0020; a line end is none. */
function holdsControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 && code !== LINE_END) return true;
  }
  return false;
}

export const isKeyName = (name: string) => KEY_NAME.test(name) && name.isWellFormed();

const uint32 = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);

/** @returns null where the line, with its end, is no signature line */
export function parseSignatureLine(line: string): NoteSignature | null {
  const [, name = '', base64 = ''] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = fromBase64(base64);
  if (!isKeyName(name) || !bytes || bytes.length <= KEY_ID_BYTES) return null;
  return { name, keyId: uint32(bytes), bytes: bytes.subarray(KEY_ID_BYTES), line };
}

export function signatureLine(key: Pick<VerifierKey, 'name' | 'keyId'>, bytes: Uint8Array): string {
  const id = new Uint8Array(KEY_ID_BYTES);
  new DataView(id.buffer).setUint32(0, key.keyId);
  return `— ${key.name} ${toBase64(concat(id, bytes))}\n`;
}

/** Lines with their ends; a last piece without one stays a piece. */
export const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];

/** @throws NoteError */
export function parseNote(input: string | Uint8Array): Note {
  const whole = typeof input === 'string' ? input : fromUtf8(input);
  if (whole === null || !whole.isWellFormed()) throw new NoteError('The note is not UTF-8.');
  if (whole.length > NOTE_BYTES_MAX) throw new NoteError('The note is too long.');
  if (holdsControl(whole)) throw new NoteError('The note holds a control character.');
  const border = whole.lastIndexOf('\n\n');
  if (border < 0) throw new NoteError('The note has no empty line before its signatures.');
  const lines = linesOf(whole.slice(border + 2));
  if (lines.length === 0 || lines.length > SIGNATURES_MAX) {
    throw new NoteError(`The note has ${lines.length} signatures; 1 to ${SIGNATURES_MAX} are accepted.`);
  }
  const signatures = lines.map((line) => {
    const signature = parseSignatureLine(line);
    if (!signature) throw new NoteError('A line after the last empty line is no signature line.');
    return signature;
  });
  return { text: whole.slice(0, border + 1), signatures };
}

export function formatNote({ text, signatures }: { text: string; signatures: readonly string[] }): string {
  return `${text}\n${signatures.join('')}`;
}

export interface VerifierKey {
  name: string;
  keyId: number;
  type: SignatureType;
  publicKey: Uint8Array;
}

export function keyIdOf(name: string, type: SignatureType, publicKey: Uint8Array): number {
  return uint32(sha256(concat(utf8(name), Uint8Array.of(0x0a, type), publicKey)));
}

/** @throws NoteError for a name that no note can hold */
export function verifierKey(name: string, type: SignatureType, publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name)) throw new NoteError(`"${name}" cannot be the name of a key.`);
  return { name, keyId: keyIdOf(name, type, publicKey), type, publicKey };
}

const keyIdHex = (keyId: number) => keyId.toString(16).padStart(8, '0');

export function formatVkey({ name, keyId, type, publicKey }: VerifierKey): string {
  return `${name}+${keyIdHex(keyId)}+${toBase64(concat(Uint8Array.of(type), publicKey))}`;
}

/** The short form in which people compare keys: name and key id. */
export const keyHandle = ({ name, keyId }: Pick<VerifierKey, 'name' | 'keyId'>) =>
  `${name}+${keyIdHex(keyId)}`;

const isKnownType = (type: number): type is SignatureType => type in KEY_BYTES;

/** @throws NoteError for a malformed key, and for a type that this library cannot verify */
export function parseVkey(vkey: string): VerifierKey {
  const [, name = '', id = '', base64 = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/su.exec(vkey) ?? [];
  const bytes = fromBase64(base64);
  const type = bytes?.[0];
  if (!isKeyName(name) || !bytes || type === undefined) throw new NoteError('The verifier key is malformed.');
  if (!isKnownType(type)) throw new NoteError(`The verifier key "${name}" is of an unsupported type.`);
  const publicKey = bytes.subarray(1);
  if (publicKey.length !== KEY_BYTES[type])
    throw new NoteError(`The verifier key "${name}" has a wrong length.`);
  const key = verifierKey(name, type, publicKey);
  if (keyIdHex(key.keyId) !== id)
    throw new NoteError(`The verifier key "${name}" does not have the id ${id}.`);
  return key;
}

export const isSignedBy = (key: VerifierKey) => (signature: NoteSignature) =>
  signature.name === key.name && signature.keyId === key.keyId;
