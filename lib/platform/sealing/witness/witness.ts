import { createHash } from 'node:crypto';
import { toHex } from '../tlog/bytes';
import { formatNote, formatVkey } from '../tlog/note';
import type { Policy } from '../tlog/policy';
import { ed25519Cosigner, mlDsa44Cosigner, type Signer } from '../tlog/signer';
import { judgeAddCheckpoint, SIZE_MEDIA_TYPE, type WitnessVerdict } from '../tlog/witness';
import { ringOfKeys } from '../verify/key-ring';
import type { WitnessStore } from './witness-state';

export interface WitnessAnswer {
  status: number;
  mediaType: string;
  body: string;
}

const answer = (status: number, body: string, mediaType = 'text/plain; charset=utf-8'): WitnessAnswer => ({
  ...{ status, body, mediaType },
});

const originHash = (origin: string) => toHex(new Uint8Array(createHash('sha256').update(origin).digest()));

/**
 * A witness (c2sp.org/tlog-witness): it cosigns each log only forward, so that nobody can show two histories of one log. Runs
 * without a database.
 */
export class Witness {
  private readonly signers: readonly [Signer, Signer];
  /** Comparing, keeping and answering is one turn: two submissions at once never both begin from the same size. */
  private turn: Promise<unknown> = Promise.resolve();

  /** @param logs whose checkpoints it cosigns, by their keys @param name of its own keys */
  constructor(
    private readonly store: WitnessStore,
    private readonly logs: Policy['logs'],
    name: string,
  ) {
    this.signers = [ed25519Cosigner(name, store.seed), mlDsa44Cosigner(name, store.seed)];
  }

  /** Its public keys, for the policies of others: Ed25519, then ML-DSA-44. */
  get vkeys(): readonly string[] {
    return this.signers.map(({ key }) => formatVkey(key));
  }

  addCheckpoint(body: string, nowMs = Date.now()): Promise<WitnessAnswer> {
    const result = this.turn.then(() => this.judge(body, nowMs));
    this.turn = result.catch(() => undefined);
    return result;
  }

  /** The newest checkpoint that it cosigned. @param hash SHA-256 of the origin in hex @returns null where there is none */
  checkpoint(hash: string): string | null {
    const origin = this.store.origins().find((each) => originHash(each) === hash);
    return origin === undefined ? null : (this.store.get(origin)?.note ?? null);
  }

  private async judge(body: string, nowMs: number): Promise<WitnessAnswer> {
    const ring = ringOfKeys(
      'policy',
      this.logs.map(({ key }) => ({ key, from: 0, until: null })),
    );
    const verdict = judgeAddCheckpoint(body, (origin) => {
      const keys = ring.keysOf(origin).map(({ key }) => key);
      return keys.length === 0 ? null : { keys, latest: this.store.get(origin) };
    });
    if (verdict.status === 200) return this.cosign(verdict, nowMs);
    if (verdict.status === 409) return answer(409, `${verdict.size}\n`, SIZE_MEDIA_TYPE);
    return answer(verdict.status, `${verdict.reason}\n`);
  }

  private async cosign(
    verdict: Extract<WitnessVerdict, { status: 200 }>,
    nowMs: number,
  ): Promise<WitnessAnswer> {
    const { accepted, note, signatures } = verdict;
    const lines = this.signers.map((signer) => signer.sign(note.text, Math.floor(nowMs / 1000)));
    const logLines = note.signatures
      .filter(({ name, keyId }) => signatures.some(({ key }) => key.name === name && key.keyId === keyId))
      .map(({ line }) => line);
    const { origin, size, root } = accepted;
    await this.store.keep(origin, {
      ...{ size, root },
      note: formatNote({ text: note.text, signatures: [...logLines, ...lines] }),
    });
    return answer(200, lines.join(''));
  }
}
