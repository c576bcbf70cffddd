import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toBase64, utf8 } from './bytes';
import { formatCheckpoint, parseCheckpoint } from './checkpoint';
import {
  formatNote,
  formatVkey,
  NoteError,
  parseNote,
  parseVkey,
  SIGNATURE_TYPES,
  verifierKey,
} from './note';
import { verifySignatures } from './signature';
import { ed25519Cosigner, ed25519Signer, mlDsa44Cosigner } from './signer';

const ORIGIN = 'log.example/tenant';
const TIME = 1_800_000_000;
const seed = (n: number) => new Uint8Array(32).fill(n);
const checkpoint = formatCheckpoint({ origin: ORIGIN, size: 7, root: seed(1) });
const plain = ed25519Signer(ORIGIN, seed(2));
const quantum = mlDsa44Cosigner(ORIGIN, seed(3));
const cosigner = ed25519Cosigner('witness.example/w1', seed(4));
const signers = [plain, quantum, cosigner];
const signed = formatNote({
  text: checkpoint,
  signatures: signers.map((each) => each.sign(checkpoint, TIME)),
});
const keys = signers.map(({ key }) => key);

describe('signed notes', () => {
  it('verifies a line of each type, with the time of those that have one', () => {
    const verified = verifySignatures(parseNote(signed), keys);
    expect(verified.map(({ key, time }) => [key.name, time])).toEqual([
      [ORIGIN, null],
      [ORIGIN, TIME],
      ['witness.example/w1', TIME],
    ]);
  });

  it('reads back the keys that it writes, and refuses a changed one', () => {
    for (const key of keys) {
      expect(parseVkey(formatVkey(key))).toEqual(key);
      expect(() => parseVkey(formatVkey({ ...key, name: `${key.name}x` }))).toThrow(NoteError);
      expect(() => parseVkey(formatVkey({ ...key, publicKey: key.publicKey.subarray(1) }))).toThrow(
        NoteError,
      );
    }
    expect(() => parseVkey('log.example+00000000+AgAA')).toThrow(/unsupported/);
    expect(() => verifierKey('two words', SIGNATURE_TYPES.ed25519, seed(1))).toThrow(NoteError);
    expect(() => verifierKey('a+b', SIGNATURE_TYPES.ed25519, seed(1))).toThrow(NoteError);
  });

  it('believes no signature after any change of the text, the name or the time', () => {
    const changes: [string, string][] = [
      ['\n7\n', '\n8\n'],
      [ORIGIN, 'log.example/another'],
      [toBase64(seed(1)), toBase64(seed(9))],
    ];
    for (const [from, to] of changes) {
      expect(() => verifySignatures(parseNote(signed.replace(from, to)), keys)).toThrow(NoteError);
    }
    const line = quantum.sign(checkpoint, TIME);
    const renamed = mlDsa44Cosigner('log.example/other', seed(3)).sign(checkpoint, TIME);
    const stolen = line.split(' ')[2] ?? '';
    expect(renamed.split(' ')[2]).not.toBe(stolen);
  });

  it('ignores unknown lines, but not a broken one of a known key', () => {
    const stranger = ed25519Signer('elsewhere.example', seed(5)).sign(checkpoint, TIME);
    const good = plain.sign(checkpoint, TIME);
    const note = (...signatures: string[]) => parseNote(formatNote({ text: checkpoint, signatures }));
    expect(verifySignatures(note(good, stranger), [plain.key])).toHaveLength(1);
    expect(verifySignatures(note(stranger), [plain.key])).toHaveLength(0);
    const broken = plain.sign(`${checkpoint}more\n`, TIME);
    expect(() => verifySignatures(note(good, broken), [plain.key])).toThrow(NoteError);
    const sameName = ed25519Signer(ORIGIN, seed(6)).sign(checkpoint, TIME);
    expect(verifySignatures(note(good, sameName), [plain.key])).toHaveLength(1);
  });

  it('accepts 16 signatures and more, and an empty line within the text', () => {
    const text = 'Ognuno sta solo\n\ned è subito sera.\n';
    const many = Array.from({ length: 40 }, (_, n) => ed25519Signer(`k${n}.example`, seed(n)));
    const note = parseNote(formatNote({ text, signatures: many.map((each) => each.sign(text, 0)) }));
    expect(note.text).toBe(text);
    expect(
      verifySignatures(
        note,
        many.map(({ key }) => key),
      ),
    ).toHaveLength(40);
  });

  it('refuses what is no note', () => {
    const line = plain.sign(checkpoint, TIME);
    for (const text of [
      '',
      checkpoint,
      `${checkpoint}\n`,
      `${checkpoint}${line}`,
      `${checkpoint}\n${line.trimEnd()}`,
      `${checkpoint}\n${line}\n`,
      `${checkpoint}\n${line}more\n`,
      `${checkpoint}\n${line.replace('—', '-')}`,
      `${checkpoint}\n${line.replace('— ', '—  ')}`,
      `${checkpoint}\n— ${ORIGIN} AAAA\n`,
      `${checkpoint}\u0000\n${line}`,
      `${checkpoint}\t\n${line}`,
      signed.replaceAll('\n', '\r\n'),
      `${checkpoint}\ud800\n${line}`,
    ]) {
      expect(() => parseNote(text), JSON.stringify(text)).toThrow(NoteError);
    }
    expect(() => parseNote(Uint8Array.of(0xff, 0x0a))).toThrow(NoteError);
  });

  it('never takes other bytes for a note that it signed', () => {
    const original = Buffer.from(signed);
    fc.assert(
      fc.property(fc.nat(original.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const bytes = Buffer.from(original);
        bytes[at] = (bytes[at] ?? 0) ^ change;
        let verified = 0;
        try {
          const note = parseNote(new Uint8Array(bytes));
          verified = note.text === checkpoint ? 0 : verifySignatures(note, keys).length;
        } catch (error) {
          expect(error).toBeInstanceOf(NoteError);
        }
        expect(verified).toBe(0);
      }),
      { numRuns: 300 },
    );
  });
});

describe('checkpoints', () => {
  it('reads back what it writes', () => {
    expect(parseCheckpoint(checkpoint)).toEqual({ origin: ORIGIN, size: 7, root: seed(1), extensions: [] });
    expect(parseCheckpoint(`${checkpoint}more\n`)?.extensions).toEqual(['more']);
  });

  it('refuses what is none', () => {
    const root = toBase64(seed(1));
    for (const text of [
      '',
      `${ORIGIN}\n7\n${root}`,
      `\n7\n${root}\n`,
      `${ORIGIN}\n07\n${root}\n`,
      `${ORIGIN}\n-1\n${root}\n`,
      `${ORIGIN}\n7.0\n${root}\n`,
      `${ORIGIN}\n9007199254740992\n${root}\n`,
      `${ORIGIN}\n7\n${root.slice(4)}\n`,
      `${ORIGIN}\n7\n${root}\n\n`,
      `${ORIGIN}\n7\n${root}\nmore\n\nmore\n`,
    ]) {
      expect(parseCheckpoint(text), JSON.stringify(text)).toBeNull();
    }
    expect(utf8(root)).toHaveLength(44);
  });
});

const NOTES = join(process.cwd(), '../shared/vectors/tlog/signed-notes.json');
const shared = existsSync(NOTES) ? describe : describe.skip;
shared('the notes of ../shared/vectors/tlog (skipped where the folder is absent)', () => {
  const notes: { name: string; vkey: string; note: string; valid: boolean }[] = existsSync(NOTES)
    ? JSON.parse(readFileSync(NOTES, 'utf8'))
    : [];

  it.each(notes)('$name', ({ vkey, note, valid, name }) => {
    const verify = () => verifySignatures(parseNote(note), [parseVkey(vkey)]).length > 0;
    if (valid) expect(verify()).toBe(true);
    else expect(verify).toThrow(NoteError);
    if (valid && name.includes('checkpoint'))
      expect(parseCheckpoint(parseNote(note).text)?.size).toBe(35_225_469);
  });

  it('are eight', () => expect(notes).toHaveLength(8));
});
