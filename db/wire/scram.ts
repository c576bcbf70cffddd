import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

const derive = promisify(pbkdf2);
const KEY_BYTES = 32;
const ITERATIONS_MAX = 1_000_000;
/** "n,,": no channel binding (RFC 5802 7). */
const GS2_HEADER = 'n,,';

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function attributesOf(message: string): Map<string, string> {
  return new Map(message.split(',').map((part) => [part.slice(0, 1), part.slice(2)]));
}

/** The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677) as Postgres speaks it. */
export class ScramClient {
  private readonly firstBare: string;
  private serverSignature: Buffer = Buffer.alloc(0);
  private isVerified = false;

  /** @param user left empty for Postgres, which takes the name from the start-up message */
  constructor(
    private readonly password: string,
    private readonly nonce = randomBytes(18).toString('base64'),
    user = '',
  ) {
    this.firstBare = `n=${user},r=${nonce}`;
  }

  first(): string {
    return GS2_HEADER + this.firstBare;
  }

  /**
   * Answers the server's challenge.
   * @throws where the challenge is not one to this client's nonce
   */
  async final(serverFirst: string): Promise<string> {
    const challenge = attributesOf(serverFirst);
    const nonce = challenge.get('r') ?? '';
    const salt = Buffer.from(challenge.get('s') ?? '', 'base64');
    const iterations = Number(challenge.get('i'));
    const isFresh = nonce.startsWith(this.nonce) && nonce.length > this.nonce.length;
    if (!isFresh || salt.length === 0 || !(iterations >= 1 && iterations <= ITERATIONS_MAX)) {
      throw new Error('The server sent a SCRAM challenge that does not answer this client.');
    }
    const salted = await derive(this.password.normalize('NFKC'), salt, iterations, KEY_BYTES, 'sha256');
    const clientKey = hmac(salted, 'Client Key');
    const storedKey = createHash('sha256').update(clientKey).digest();
    const withoutProof = `c=${Buffer.from(GS2_HEADER).toString('base64')},r=${nonce}`;
    const authMessage = `${this.firstBare},${serverFirst},${withoutProof}`;
    const signature = hmac(storedKey, authMessage);
    const proof = clientKey.map((byte, i) => byte ^ (signature[i] ?? 0));
    this.serverSignature = hmac(hmac(salted, 'Server Key'), authMessage);
    return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`;
  }

  /** @throws where the server cannot prove that it knows the password too */
  verify(serverFinal: string): void {
    const claimed = Buffer.from(attributesOf(serverFinal).get('v') ?? '', 'base64');
    const expected = this.serverSignature;
    const isKnown =
      expected.length > 0 && claimed.length === expected.length && timingSafeEqual(claimed, expected);
    if (!isKnown) throw new Error('The server could not prove that it knows the password.');
    this.isVerified = true;
  }

  /** @throws where the server ended the exchange without its proof */
  assertVerified(): void {
    if (!this.isVerified) throw new Error('The server skipped the proof that it knows the password.');
  }
}
