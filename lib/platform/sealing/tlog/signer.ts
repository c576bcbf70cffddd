import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { concat, uint64, utf8 } from './bytes';
import { SIGNATURE_TYPES, type SignatureType, signatureLine, type VerifierKey, verifierKey } from './note';
import { ed25519CosignedMessage, mlDsa44CosignedMessage } from './signature';

/** Signing keys, each from a seed of 32 bytes. For Node alone: nothing that verifies needs them. */
export interface Signer {
  key: VerifierKey;
  /** @param time POSIX seconds, for the types that sign one @returns a signature line, with its end */
  sign(text: string, time: number): string;
}

/** PKCS #8 around the seed alone (RFC 8410, RFC 9881). */
const PKCS8 = {
  ed25519: Buffer.from('302e020100300506032b657004220420', 'hex'),
  mlDsa44: Buffer.from('3034020100300b060960864801650304031104228020', 'hex'),
};
export const SEED_BYTES = 32;

function privateKeyOf(prefix: Buffer, seed: Uint8Array): KeyObject {
  if (seed.length !== SEED_BYTES) throw new RangeError(`A seed has ${SEED_BYTES} bytes.`);
  return createPrivateKey({ key: Buffer.concat([prefix, seed]), format: 'der', type: 'pkcs8' });
}

/** The public key stands at the end of its SPKI. */
function publicBytes(privateKey: KeyObject, length: number): Uint8Array {
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return new Uint8Array(spki.subarray(-length));
}

function signerOf(
  name: string,
  type: SignatureType,
  privateKey: KeyObject,
  keyBytes: number,
  signed: (text: string, time: number) => { before: Uint8Array; message: Uint8Array },
): Signer {
  const key = verifierKey(name, type, publicBytes(privateKey, keyBytes));
  return {
    key,
    sign(text, time) {
      const { before, message } = signed(text, time);
      return signatureLine(key, concat(before, sign(null, message, privateKey)));
    },
  };
}

/** The line that every log on the public witness network needs. It signs no time. */
export function ed25519Signer(name: string, seed: Uint8Array): Signer {
  return signerOf(name, SIGNATURE_TYPES.ed25519, privateKeyOf(PKCS8.ed25519, seed), 32, (text) => ({
    before: new Uint8Array(0),
    message: utf8(text),
  }));
}

export function ed25519Cosigner(name: string, seed: Uint8Array): Signer {
  const privateKey = privateKeyOf(PKCS8.ed25519, seed);
  return signerOf(name, SIGNATURE_TYPES.ed25519Cosignature, privateKey, 32, (text, time) => ({
    before: uint64(time),
    message: ed25519CosignedMessage(text, time),
  }));
}

/** For a log's own line and for a witness alike (c2sp.org/tlog-cosignature). */
export function mlDsa44Cosigner(name: string, seed: Uint8Array): Signer {
  const privateKey = privateKeyOf(PKCS8.mlDsa44, seed);
  return signerOf(name, SIGNATURE_TYPES.mlDsa44Cosignature, privateKey, 1312, (text, time) => ({
    before: uint64(time),
    message: mlDsa44CosignedMessage(text, name, time),
  }));
}
