import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyActor, newTenant, openScene, type Scene, userActor } from '@/db/test/scene';
import { getAuditEvent } from '@/lib/platform/audit/queries';
import type { UserActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { getIntegrity, getLeaf } from '../queries';
import { insertEvents } from '../test/scene';
import { openSealedLog, type SealedLog } from '../test/sealed-log';
import { equalBytes } from '../tlog/bytes';
import { parseCheckpoint } from '../tlog/checkpoint';
import { CompactRange, HASH_BYTES, leafHash, verifyInclusion } from '../tlog/merkle';
import { parseNote } from '../tlog/note';
import { parsePolicy } from '../tlog/policy';
import { parseProof } from '../tlog/proof';
import { verifySignatures } from '../tlog/signature';
import { decodeEntries, tilePath } from '../tlog/tiles';
import { getCheckpoint, getPolicy, getProof } from './texts';
import { getTile } from './tile';

const ROWS = 700;

let scene: Scene;
let log: SealedLog;
let auditor: UserActor;
let ids: string[];
const tenants: string[] = [];

beforeAll(async () => {
  scene = await openScene();
  log = openSealedLog(() => tenants);
  const tenantId = await newTenant('served-tenant');
  tenants.push(tenantId);
  auditor = await userActor('auditor', tenantId);
  ids = await insertEvents(scene.admin, tenantId, ROWS);
});
afterAll(() => scene.close());

const bytesOf = async (response: Response) => new Uint8Array(await response.arrayBuffer());
const seal = async () => {
  await log.seal(auditor.tenantId);
  await log.publish();
};

describe('the state of the log', () => {
  it('says that nothing is sealed, how much waits, and since when', async () => {
    const before = await getIntegrity(auditor);
    expect(before).toMatchObject({ log: null, checkpoint: null, verification: null, witness: null });
    expect(before.pending.count).toBe(ROWS);
    expect(await getLeaf(auditor, ids[0], {})).toMatchObject({ state: 'waiting', index: null });
    await expect(getProof(auditor, ids[0], {})).rejects.toMatchObject({ code: 'conflict' });
    await expect(getCheckpoint(auditor, {})).rejects.toMatchObject({ code: 'not_found' });
  });

  it('says what is sealed and signed', async () => {
    await seal();
    const after = await getIntegrity(auditor);
    expect(after.log?.size).toBeGreaterThanOrEqual(ROWS);
    expect(after).toMatchObject({
      pending: { count: 0, oldestAt: null },
      problems: [],
      hasCheckpointFile: false,
    });
    expect(after.checkpoint?.size).toBe(after.log?.size);
    expect(after.installation?.signedAt).not.toBeNull();
  });

  it('tells of events that wait for more than two minutes, and of checkpoints that nobody signs', async () => {
    const [late] = await insertEvents(scene.admin, auditor.tenantId, 1);
    await scene.admin`update audit_log set snapshot_at = snapshot_at - interval '1 hour' where tenant_id = ${auditor.tenantId}`;
    await scene.admin`update audit_event set at = at - interval '3 minutes' where id = ${late ?? ''}`;
    await scene.admin`update audit_checkpoint set signed_at = signed_at - interval '1 hour'`;
    const { problems, pending } = await getIntegrity(auditor);
    expect(problems.map(({ code, severity }) => [code, severity])).toEqual([
      ['lag', 'critical'],
      ['stale', 'warning'],
    ]);
    expect(pending.count).toBe(1);
    await seal();
    expect((await getIntegrity(auditor)).problems).toEqual([]);
  });
});

describe('the leaf of an event', () => {
  it('is compared with the event at each look', async () => {
    const leaf = await getLeaf(auditor, ids[5], {});
    expect(leaf).toMatchObject({ state: 'intact', index: 5 });
    expect(leaf.provenAtSize).toBeGreaterThanOrEqual(ROWS);
    await scene.admin`update audit_event set reason = 'another' where id = ${ids[5] ?? ''}`;
    expect(await getLeaf(auditor, ids[5], {})).toMatchObject({ state: 'changed', index: 5 });
    await expect(getProof(auditor, ids[5], {})).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is proven by a text that needs nothing else but the policy', async () => {
    const { event } = await getAuditEvent(auditor, ids[321] ?? '', {});
    const proof = parseProof(await (await getProof(auditor, event.id, { at: event.at })).text());
    const policy = parsePolicy(await (await getPolicy(auditor)).text());
    if (!proof?.extra) throw new Error('no proof');
    const note = parseNote(proof.checkpoint);
    const keys = policy.logs.map(({ key }) => key);
    expect(verifySignatures(note, keys)).toHaveLength(2);
    const head = parseCheckpoint(note.text);
    expect(head?.origin).toBe(`log.example/log/${auditor.tenantId}`);
    const { index, hashes, extra } = proof;
    const root = head?.root ?? new Uint8Array();
    expect(verifyInclusion(index, head?.size ?? 0, leafHash(extra), hashes, root)).toBe(true);
    expect(verifyInclusion(index + 1, head?.size ?? 0, leafHash(extra), hashes, root)).toBe(false);
    expect(new TextDecoder().decode(extra)).toContain(`"id":"${event.id}"`);
  });

  it('is not that of another tenant, nor for who may not export', async () => {
    const stranger = await userActor('auditor', await newTenant('strange-tenant'));
    await expect(getProof(stranger, ids[1], {})).rejects.toMatchObject({ code: 'not_found' });
    await expect(getLeaf(stranger, ids[1], {})).rejects.toMatchObject({ code: 'not_found' });
    const nobody = keyActor(newId(), ['keys:read'], auditor.tenantId);
    await expect(getProof(nobody, ids[1], {})).rejects.toMatchObject({ code: 'forbidden' });
    await expect(getTile(nobody, 'tile/0/000', {})).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('does not exist for an unknown id', async () => {
    await expect(getLeaf(auditor, newId(), {})).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('tiles', () => {
  it('add up to the root of the checkpoint, and entries to the tiles', async () => {
    const head = parseCheckpoint(parseNote(await (await getCheckpoint(auditor, {})).text()).text);
    const size = head?.size ?? 0;
    const range = CompactRange.empty();
    for (let index = 0; index * 256 < size; index++) {
      const width = Math.min(256, size - index * 256);
      const tile = await bytesOf(await getTile(auditor, tilePath({ level: 0, index, width }), {}));
      for (let n = 0; n < width; n++) range.append(tile.subarray(n * HASH_BYTES, (n + 1) * HASH_BYTES));
      if (index === 1) {
        const entries = decodeEntries(await bytesOf(await getTile(auditor, 'tile/entries/001', {})));
        expect(entries?.map((entry) => Buffer.from(leafHash(entry)).toString('hex'))).toEqual(
          Array.from({ length: 256 }, (_, n) =>
            Buffer.from(tile.subarray(n * 32, n * 32 + 32)).toString('hex'),
          ),
        );
      }
    }
    expect(equalBytes(range.root(), head?.root ?? new Uint8Array())).toBe(true);
    const above = await bytesOf(await getTile(auditor, 'tile/1/000.p/2', {}));
    expect(above).toHaveLength(2 * HASH_BYTES);
  });

  it.each([
    'tile/0/001.p/0',
    'tile/0/900',
    'tile/9/000',
    'tile/0/1',
    'tile/0/%2e',
    'tile/x/000',
    'tile/entries/900',
  ])('do not exist at %s', async (path) => {
    await expect(getTile(auditor, path, {})).rejects.toMatchObject({ code: 'not_found' });
  });

  it('of changed events are refused, never served as if they were those that were sealed', async () => {
    await expect(getTile(auditor, 'tile/entries/000', {})).rejects.toMatchObject({ code: 'conflict' });
  });

  it('of the installation show hashes, never the entries, which name other tenants', async () => {
    const tile = await bytesOf(await getTile(auditor, 'tile/0/000.p/1', { log: 'installation' }));
    expect(tile).toHaveLength(HASH_BYTES);
    await expect(getTile(auditor, 'tile/entries/000.p/1', { log: 'installation' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});
