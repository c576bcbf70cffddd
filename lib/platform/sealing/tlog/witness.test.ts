import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { utf8 } from './bytes';
import { formatCheckpoint } from './checkpoint';
import { CompactRange, consistencyRanges, leafHash, rangeHash, type TreeHead } from './merkle';
import { formatNote, SIGNATURE_TYPES, verifierKey } from './note';
import { formatProof, parseProof } from './proof';
import { ed25519Signer } from './signer';
import { formatAddCheckpoint, judgeAddCheckpoint, type KnownLog, parseAddCheckpoint } from './witness';

const ORIGIN = 'log.example';
const signer = ed25519Signer(ORIGIN, new Uint8Array(32).fill(1));
const leaf = (n: number) => leafHash(utf8(`entry ${n}`));

function treeOf(size: number): CompactRange {
  const range = CompactRange.empty();
  for (let n = 0; n < size; n++) range.append(leaf(n));
  return range;
}

const hashOf = ({ level, index }: { level: number; index: number }) => {
  const range = CompactRange.empty();
  for (let n = 0; n < 2 ** level; n++) range.append(leaf(index * 2 ** level + n));
  return range.root();
};

function requestOf(old: number, size: number, root = treeOf(size).root()): string {
  const text = formatCheckpoint({ origin: ORIGIN, size, root });
  const checkpoint = formatNote({ text, signatures: [signer.sign(text, 0)] });
  const ranges = old > 0 && old < size ? consistencyRanges(old, size) : [];
  return formatAddCheckpoint({ old, proof: ranges.map((range) => rangeHash(range, hashOf)), checkpoint });
}

const headOf = (size: number): TreeHead => ({ size, root: treeOf(size).root() });
const judge = (body: string, latest: TreeHead | null = null) =>
  judgeAddCheckpoint(body, (origin): KnownLog | null =>
    origin === ORIGIN ? { keys: [signer.key], latest } : null,
  );

describe('witness protocol', () => {
  it('accepts a first checkpoint, a larger one with its proof, and the same once more', () => {
    expect(judge(requestOf(0, 5)).status).toBe(200);
    expect(judge(requestOf(5, 9), headOf(5))).toMatchObject({ status: 200, accepted: { size: 9 } });
    expect(judge(requestOf(9, 9), headOf(9)).status).toBe(200);
    expect(judge(requestOf(0, 0)).status).toBe(200);
    expect(judge(requestOf(0, 3), headOf(0)).status).toBe(200);
  });

  it('answers a wrong old size with the one it knows', () => {
    expect(judge(requestOf(5, 9), headOf(7))).toEqual({ status: 409, size: 7 });
    expect(judge(requestOf(0, 9), headOf(7))).toEqual({ status: 409, size: 7 });
    expect(judge(requestOf(5, 9))).toEqual({ status: 409, size: 0 });
  });

  it('refuses another history', () => {
    const other = treeOf(4).root();
    expect(judge(requestOf(9, 9, other), headOf(9)).status).toBe(422);
    expect(judge(requestOf(5, 9, other), headOf(5)).status).toBe(422);
    expect(judge(requestOf(0, 0, other)).status).toBe(422);
    const proof = parseAddCheckpoint(requestOf(5, 9))?.proof ?? [];
    const request = parseAddCheckpoint(requestOf(0, 9));
    if (!request) throw new Error('no request');
    expect(judge(formatAddCheckpoint({ ...request, proof })).status).toBe(422);
    expect(judge(formatAddCheckpoint({ ...request, old: 9, proof }), headOf(9)).status).toBe(422);
  });

  it('refuses unknown logs and unknown or broken signatures', () => {
    const body = requestOf(0, 5);
    expect(judge(body.replaceAll(ORIGIN, 'other.example')).status).toBe(404);
    expect(judge(body.replace('\n5\n', '\n6\n')).status).toBe(403);
    const stranger = ed25519Signer('stranger.example', new Uint8Array(32).fill(9));
    const text = formatCheckpoint({ origin: ORIGIN, size: 5, root: treeOf(5).root() });
    const checkpoint = formatNote({ text, signatures: [stranger.sign(text, 0)] });
    expect(judge(formatAddCheckpoint({ old: 0, proof: [], checkpoint })).status).toBe(403);
  });

  it('refuses what is not of the form', () => {
    const body = requestOf(5, 9);
    for (const bad of [
      '',
      'old 5\n',
      body.replace('old 5', 'old 05'),
      body.replace('old 5', 'old -1'),
      body.replace('old 5', 'size 5'),
      body.replace('\n\n', '\nAAAA\n\n'),
      body.replace('old 5\n', `old 5\n${`${'A'.repeat(43)}=\n`.repeat(64)}`),
      requestOf(10, 9),
    ]) {
      expect(judge(bad, headOf(5)).status, JSON.stringify(bad.slice(0, 40))).toBe(400);
    }
  });
});

describe('proofs of c2sp.org/tlog-proof', () => {
  it('reads back what it writes', () => {
    const proof = { index: 3, hashes: [leaf(1), leaf(2)], checkpoint: 'a note\n\n— k AAAA\n' };
    for (const extra of [null, utf8('anything'), new Uint8Array()]) {
      expect(parseProof(formatProof({ ...proof, extra }))).toEqual({ ...proof, extra });
    }
    const text = formatProof({ ...proof, extra: null });
    for (const bad of [
      text.replace('@v1', '@v2'),
      text.replace('index 3', 'index 03'),
      text.replace('index 3\n', ''),
      text.replace('index 3', 'extra ?\nindex 3'),
      text.replace('\n\n', '\n'),
    ]) {
      if (bad !== text) expect(parseProof(bad) === null || bad.includes('— k')).toBe(true);
    }
    expect(parseProof(text.replace('index 3', 'index 03'))).toBeNull();
    expect(parseProof(text.replace('@v1', '@v2'))).toBeNull();
    expect(parseProof(text.replace('index 3', 'extra ?\nindex 3'))).toBeNull();
  });
});

const STEPS = join(process.cwd(), '../shared/vectors/tlog/witness-add-checkpoint.json');
const shared = existsSync(STEPS) ? it : it.skip;
shared('answers the requests of ../shared/vectors/tlog in order (skipped where the folder is absent)', () => {
  const vector: {
    origin: string;
    logKeyHex: string;
    steps: { request: string; bodyAssert: string; statusByCurrentSpec: number }[];
  } = JSON.parse(readFileSync(STEPS, 'utf8'));
  const publicKey = new Uint8Array(Buffer.from(vector.logKeyHex, 'hex'));
  const keys = [verifierKey(vector.origin, SIGNATURE_TYPES.ed25519, publicKey)];
  let latest: TreeHead | null = null;
  const statuses = vector.steps.map(({ request }) => {
    const verdict = judgeAddCheckpoint(request, (origin) =>
      origin === vector.origin ? { keys, latest } : null,
    );
    if (verdict.status === 200) latest = verdict.accepted;
    return verdict.status === 409 ? `409 ${verdict.size}` : String(verdict.status);
  });
  expect(statuses).toEqual(['200', '403', '404', '422', '422', '200', '409 3', '200', '409 5']);
});
