import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newTenant, openScene, type Scene, userActor } from '@/db/test/scene';
import { logSigners } from '../publish/log-signers';
import { getIntegrity } from '../queries';
import { insertEvents } from '../test/scene';
import { openSealedLog, TEST_SECRET } from '../test/sealed-log';
import { formatCheckpoint } from '../tlog/checkpoint';
import { CompactRange, foldRight, leafHash, nodesOf } from '../tlog/merkle';
import { formatNote, formatVkey, parseNote, parseVkey } from '../tlog/note';
import { parsePolicy } from '../tlog/policy';
import { verifySignatures } from '../tlog/signature';
import { formatAddCheckpoint } from '../tlog/witness';
import { Witness } from './witness';
import { createWitnessServer } from './witness-server';
import { WitnessStore } from './witness-state';

const ORIGIN = 'log.example/log';
const [signer] = logSigners(TEST_SECRET, ORIGIN);
const logs = [{ key: signer.key, url: null }];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulwark-witness-'));
});

/** A tree of leaves 0, 1, 2 and so on; `salt` makes another history. */
function treeOf(size: number, salt = ''): CompactRange {
  const range = CompactRange.empty();
  for (let i = 0; i < size; i++) range.append(leafHash(new TextEncoder().encode(`${salt}${i}`)));
  return range;
}
const noteOf = (size: number, salt = '') => {
  const text = formatCheckpoint({ origin: ORIGIN, size, root: treeOf(size, salt).root() });
  return formatNote({ text, signatures: [signer.sign(text, 0)] });
};
/** From a power of two on, the proof is the other half of the tree. */
const requestOf = (old: number, size: number, salt = '') => {
  const leaves = Array.from({ length: size }, (_, i) => leafHash(new TextEncoder().encode(`${salt}${i}`)));
  const hashOf = (begin: number, end: number): Uint8Array => {
    const range = CompactRange.empty();
    for (const leaf of leaves.slice(begin, end)) range.append(leaf);
    return range.root();
  };
  const proof =
    old === 0 || old === size
      ? []
      : [
          foldRight(
            nodesOf({ begin: old, end: size }).map(({ level, index }) =>
              hashOf(index * 2 ** level, (index + 1) * 2 ** level),
            ),
          ),
        ];
  return formatAddCheckpoint({ old, proof, checkpoint: noteOf(size, salt) });
};

describe('a witness', () => {
  it('cosigns a log forward, and never two histories of it', async () => {
    const store = await WitnessStore.open(folder);
    const witness = new Witness(store, logs, 'witness.example');
    const first = await witness.addCheckpoint(requestOf(0, 4));
    expect(first.status).toBe(200);
    const keys = witness.vkeys.map(parseVkey);
    expect(verifySignatures(parseNote(`${noteOf(4)}${first.body}`), keys)).toHaveLength(2);
    expect(await witness.addCheckpoint(requestOf(0, 4))).toMatchObject({
      status: 409,
      body: '4\n',
      mediaType: 'text/x.tlog.size',
    });
    expect((await witness.addCheckpoint(requestOf(4, 4))).status).toBe(200);
    expect((await witness.addCheckpoint(requestOf(4, 4, 'other '))).status).toBe(422);
    expect((await witness.addCheckpoint(requestOf(4, 8, 'other '))).status).toBe(422);
    expect((await witness.addCheckpoint(requestOf(4, 8))).status).toBe(200);
    await store.close();
  });

  it('remembers after a restart, and serves what it has seen', async () => {
    const before = await WitnessStore.open(folder);
    const { vkeys } = new Witness(before, logs, 'witness.example');
    await new Witness(before, logs, 'witness.example').addCheckpoint(requestOf(0, 4));
    await before.close();
    const store = await WitnessStore.open(folder);
    const witness = new Witness(store, logs, 'witness.example');
    expect(witness.vkeys).toEqual(vkeys);
    expect(await witness.addCheckpoint(requestOf(0, 2))).toMatchObject({ status: 409, body: '4\n' });
    const note = witness.checkpoint(createHash('sha256').update(ORIGIN).digest('hex'));
    expect(parseNote(note ?? '').signatures).toHaveLength(3);
    expect(witness.checkpoint('0'.repeat(64))).toBeNull();
    await store.close();
  });

  it('of two submissions at once cosigns one, and is never rolled back', async () => {
    const store = await WitnessStore.open(folder);
    const witness = new Witness(store, logs, 'witness.example');
    await witness.addCheckpoint(requestOf(0, 2));
    const answers = await Promise.all(
      [4, 8, 4, 16, 2].map((size) => witness.addCheckpoint(requestOf(2, size))),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(store.get(ORIGIN)?.size).toBe(4);
    expect(JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')).logs[ORIGIN].size).toBe(4);
    await store.close();
  });

  it('refuses strangers: an unknown log, a log without its signature, nonsense', async () => {
    const store = await WitnessStore.open(folder);
    const witness = new Witness(store, logs, 'witness.example');
    const stranger = requestOf(0, 4).replaceAll(ORIGIN, 'other.example/log');
    expect((await witness.addCheckpoint(stranger)).status).toBe(404);
    expect((await witness.addCheckpoint(requestOf(0, 4).replace('\n4\n', '\n5\n'))).status).toBe(403);
    expect((await witness.addCheckpoint('old 0\n\n')).status).toBe(400);
    expect(store.origins()).toEqual([]);
    await store.close();
  });

  it('does not start beside another one, nor with a damaged memory', async () => {
    const store = await WitnessStore.open(folder);
    await new Witness(store, logs, 'witness.example').addCheckpoint(requestOf(0, 4));
    writeFileSync(join(folder, 'lock'), `${process.ppid}\n`);
    await expect(WitnessStore.open(folder)).rejects.toThrow('Another witness uses this folder');
    await store.close();
    writeFileSync(join(folder, 'state.json'), '{"v":1,');
    await expect(WitnessStore.open(folder)).rejects.toThrow('is damaged');
    rmSync(join(folder, 'lock'), { force: true });
    rmSync(join(folder, 'key'));
    await expect(WitnessStore.open(folder)).rejects.toThrow('key is missing');
  });
});

describe('the log of an installation with a witness', () => {
  let scene: Scene;
  let server: Server;
  let store: WitnessStore;
  let policy: string;
  beforeAll(async () => {
    scene = await openScene();
    store = await WitnessStore.open(mkdtempSync(join(tmpdir(), 'bulwark-witness-')));
    const keys = logSigners(TEST_SECRET, ORIGIN).map(({ key }) => ({ key, url: null }));
    const witness = new Witness(store, keys, 'witness.example');
    server = createWitnessServer(witness, () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    policy = `witness w1 ${witness.vkeys[0]} http://127.0.0.1:${port}\nquorum w1\n`;
  });
  afterAll(async () => {
    server.close();
    await scene.close();
  });

  it('is cosigned, and the console says so', async () => {
    const tenantId = await newTenant('witnessed-tenant');
    const auditor = await userActor('auditor', tenantId);
    const log = openSealedLog(() => [tenantId], { policy: () => parsePolicy(policy) });
    await insertEvents(scene.admin, tenantId, 30);
    await log.seal(tenantId);
    await log.publish();
    const { witness, problems } = await getIntegrity(auditor);
    expect(problems).toEqual([]);
    expect(witness).toMatchObject({
      size: 1,
      witnesses: [{ name: 'w1', size: 1, problem: null, isRefusal: false }],
    });
    expect(witness?.witnessedAt).not.toBeNull();

    // A witness that has seen another history, as after a rewritten one.
    const [row] = await scene.admin<{ root: Buffer }[]>`
      select root from audit_checkpoint where tenant_id = '00000000-0000-0000-0000-000000000000' and size = 1`;
    await store.keep(ORIGIN, {
      size: 1,
      root: new Uint8Array(row?.root ?? []).map((byte) => byte ^ 1),
      note: noteOf(1),
    });
    await insertEvents(scene.admin, tenantId, 3);
    await log.seal(tenantId);
    await log.publish();
    expect(log.alarms).toMatchObject([{ kind: 'witness', witness: 'w1', answer: { problem: 'refused' } }]);
    expect((await getIntegrity(auditor)).problems[0]).toMatchObject({
      code: 'refused',
      severity: 'critical',
    });

    await store.keep(ORIGIN, { size: 900, root: new Uint8Array(32), note: noteOf(1) });
    await log.publish();
    expect(log.alarms.at(-1)).toMatchObject({ answer: { problem: 'larger', size: 900 } });
  });

  it('keys are written as others read them', () => {
    expect(formatVkey(signer.key)).toMatch(/^log\.example\/log\+[0-9a-f]{8}\+/);
  });
});
