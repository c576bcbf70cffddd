import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SELECT_BLOCKS } from '@/db/gate-sql';
import { cliActor, keyActor, newTenant, openScene, type Scene, userActor } from '@/db/test/scene';
import { createKey } from '@/lib/access/api-keys/change/create-key';
import type { Actor, UserActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { BlockSet } from './block-set';
import type { BlockRow, CreateBlockInput } from './contract';
import { createBlock } from './create-block';
import { liftBlock } from './lift-block';
import { listBlocks } from './queries';
import { restoreBlock } from './restore-block';

let scene: Scene;
let operator: UserActor;
let analyst: UserActor;
let stranger: UserActor;
let gate: postgres.Sql;
beforeAll(async () => {
  scene = await openScene();
  operator = await userActor('operator');
  analyst = await userActor('analyst');
  stranger = await userActor('operator', await newTenant('other'));
  gate = postgres(scene.urls.gate, { max: 1, onnotice: () => undefined });
});
beforeEach(
  () => scene.admin`update access_block set lifted_at = now() - interval '2 hours' where lifted_at is null`,
);
afterAll(async () => {
  await gate.end();
  await scene.close();
});

let made = 0;
/** An address that no other block names. */
function input(more: Partial<CreateBlockInput> = {}): CreateBlockInput {
  made += 1;
  return { kind: 'ip', value: `198.51.100.${made}`, reason: 'abuse', duration: '1h', ...more };
}

const audit = (id: string) =>
  scene.admin`select action, reason, actor_id as actor, target_label as label, details from audit_event
    where target_id = ${id} order by at desc`;

async function revision(tenantId = DEFAULT_TENANT_ID): Promise<number> {
  const [row] =
    await scene.admin`select revision::float8 as revision from gate_revision where tenant_id = ${tenantId}`;
  return Number(row?.revision);
}

/** What the gate reads of a tenant, as app_gate. */
async function gateReads(known = -1, tenantId = DEFAULT_TENANT_ID): Promise<BlockRow[]> {
  return [...(await gate.unsafe<BlockRow[]>(SELECT_BLOCKS, [[tenantId], [known]]))];
}

const verbs: [string, (actor: Actor, id: string) => Promise<unknown>][] = [
  ['liftBlock', (actor, id) => liftBlock(actor, id)],
  ['restoreBlock', (actor, id) => restoreBlock(actor, id)],
];

describe.each(verbs)('%s', (_name, verb) => {
  it('is for who may write blocks, and for this tenant only', async () => {
    const { id } = await createBlock(operator, input());
    await expect(verb(analyst, id)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(verb(keyActor(newId(), ['blocks:read']), id)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(verb(stranger, id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(verb(operator, newId())).rejects.toMatchObject({ code: 'not_found' });
    await expect(verb(operator, 'x')).rejects.toMatchObject({ code: 'not_found' });
    expect(await audit(id)).toHaveLength(1);
  });
});

describe('createBlock', () => {
  it('stores the block, raises the revision, records who and why, and reaches the gate', async () => {
    const before = await revision();
    const block = await createBlock(
      operator,
      input({ value: '203.0.113.77/24', reason: 'credential stuffing' }),
    );
    expect(block).toMatchObject({
      kind: 'ip',
      value: '203.0.113.0/24',
      state: 'active',
      createdBy: { userId: operator.userId, name: 'operator' },
      liftedAt: null,
      restoreUntil: null,
    });
    const lifeMs = Date.parse(block.expiresAt ?? '') - Date.parse(block.createdAt);
    expect(Math.abs(lifeMs - 3_600_000)).toBeLessThan(1_000);
    expect(await revision()).toBe(before + 1);
    expect(await audit(block.id)).toMatchObject([
      {
        action: 'block.created',
        reason: 'credential stuffing',
        actor: operator.userId,
        label: 'Address or network 203.0.113.0/24',
        details: { kind: 'ip', value: '203.0.113.0/24', expiresAt: block.expiresAt },
      },
    ]);
    const rows = await gateReads(before);
    expect(rows.map(({ id }) => id)).toEqual([block.id]);
    const set = new BlockSet(rows);
    const nobody = {
      ip: null,
      keyId: null,
      ownerId: null,
      userId: null,
      sessionId: null,
      userAgent: null,
      method: null,
      host: null,
      path: null,
    };
    expect(set.find({ ...nobody, ip: '203.0.113.9' }, Date.now())?.reason).toBe('credential stuffing');
    expect(await gateReads(before + 1)).toEqual([]);
  });

  it('is for who may write blocks', async () => {
    await expect(createBlock(analyst, input())).rejects.toMatchObject({ code: 'forbidden' });
    await expect(createBlock(keyActor(newId(), ['blocks:read']), input())).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(createBlock(keyActor(newId(), ['blocks:write']), input())).resolves.toMatchObject({
      createdBy: null,
    });
    await expect(createBlock(cliActor(), input())).resolves.toMatchObject({ state: 'active' });
  });

  it('refuses to block the same twice, but not after the first has ended', async () => {
    const first = await createBlock(operator, input({ value: '10.9.0.0/16' }));
    await expect(createBlock(operator, input({ value: '10.9.1.1/16' }))).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(createBlock(stranger, input({ value: '10.9.0.0/16' }))).resolves.toMatchObject({
      state: 'active',
    });
    await liftBlock(operator, first.id);
    const second = await createBlock(operator, input({ value: '10.9.0.0/16', duration: null }));
    expect(second.expiresAt).toBeNull();
    await expect(restoreBlock(operator, first.id)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('makes one block of two that come at once', async () => {
    const value = '10.77.0.0/16';
    const both = await Promise.allSettled([
      createBlock(operator, input({ value })),
      createBlock(operator, input({ value })),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('answers a repeat with the same Idempotency-Key the same', async () => {
    const given = input();
    const first = await createBlock(operator, given, 'once-1');
    expect((await createBlock(operator, given, 'once-1')).id).toBe(first.id);
    expect(await audit(first.id)).toHaveLength(1);
  });

  it.each<[string, Partial<CreateBlockInput>]>([
    ['address', { kind: 'ip', value: '192.0.2.7' }],
    ['network', { kind: 'ip', value: '192.0.0.0/16' }],
    ['every address', { kind: 'ip', value: '0.0.0.0/0' }],
    ['browser', { kind: 'user_agent', value: 'TEST' }],
    ['route', { kind: 'route', value: '/*' }],
  ])('refuses to lock the operator out by their %s unless they confirm it', async (_what, more) => {
    const given = input(more);
    await expect(createBlock(operator, given)).rejects.toMatchObject({
      code: 'would_lock_you_out',
      status: 409,
    });
    const block = await createBlock(operator, { ...given, confirm: true });
    expect(block.state).toBe('active');
    await liftBlock(operator, block.id);
    await expect(restoreBlock(operator, block.id)).rejects.toMatchObject({ code: 'would_lock_you_out' });
    await expect(restoreBlock(operator, block.id, { confirm: true })).resolves.toMatchObject({
      state: 'active',
    });
  });

  it('refuses a lock-out by user, owner and key likewise', async () => {
    for (const kind of ['user', 'owner'] as const) {
      const given = input({ kind, value: operator.userId });
      await expect(createBlock(operator, given)).rejects.toMatchObject({ code: 'would_lock_you_out' });
      await expect(createBlock(stranger, given)).resolves.toMatchObject({ state: 'active' });
    }
    const { key } = await createKey(operator, { name: 'own', scopes: ['blocks:write'] });
    const given = input({ kind: 'key', value: key.id });
    await expect(createBlock(keyActor(key.id, ['blocks:write']), given)).rejects.toMatchObject({
      code: 'would_lock_you_out',
    });
    await expect(createBlock(operator, given)).resolves.toMatchObject({ label: 'own' });
  });

  it('refuses a key that this tenant does not have', async () => {
    const { key } = await createKey(operator, { name: 'theirs', scopes: ['findings:read'] });
    await expect(createBlock(stranger, input({ kind: 'key', value: key.id }))).rejects.toMatchObject({
      code: 'unprocessable',
    });
  });

  it('keeps a bound of patterns, which every request is compared with', async () => {
    await scene.admin`insert into access_block (tenant_id, id, kind, value, reason)
      select ${DEFAULT_TENANT_ID}, gen_random_uuid(), 'route', '/fill/' || n, 'fill' from generate_series(1, 200) n`;
    await expect(createBlock(operator, input({ kind: 'route', value: '/one-more' }))).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(createBlock(operator, input())).resolves.toMatchObject({ state: 'active' });
  });
});

describe('liftBlock and restoreBlock', () => {
  it('end a block and take that back, each with its record and its revision', async () => {
    const block = await createBlock(operator, input({ duration: null }));
    const before = await revision();
    const lifted = await liftBlock(operator, block.id, { reason: 'false alarm' });
    expect(lifted).toMatchObject({ state: 'lifted', liftedBy: { userId: operator.userId } });
    expect(lifted.restoreUntil).not.toBeNull();
    expect((await gateReads(before)).map(({ id }) => id)).toEqual([null]);
    await expect(liftBlock(operator, block.id)).rejects.toMatchObject({ code: 'conflict' });
    const restored = await restoreBlock(operator, block.id);
    expect(restored).toMatchObject({ state: 'active', liftedAt: null, liftedBy: null });
    await expect(restoreBlock(operator, block.id)).rejects.toMatchObject({ code: 'conflict' });
    expect(await revision()).toBe(before + 2);
    expect((await audit(block.id)).map(({ action, reason }) => [action, reason])).toEqual([
      ['block.restored', null],
      ['block.lifted', 'false alarm'],
      ['block.created', 'abuse'],
    ]);
  });

  it('refuse a block that has expired, and a restore after an hour', async () => {
    const expired = await createBlock(operator, input());
    await scene.admin`update access_block set expires_at = now() - interval '1 second' where id = ${expired.id}`;
    await expect(liftBlock(operator, expired.id)).rejects.toMatchObject({ code: 'conflict' });
    const old = await createBlock(operator, input());
    await liftBlock(operator, old.id);
    await scene.admin`update access_block set lifted_at = now() - interval '61 minutes' where id = ${old.id}`;
    await expect(restoreBlock(operator, old.id)).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('listBlocks', () => {
  it('shows each block in its state, filtered, page by page, and no other tenant', async () => {
    const own = await newTenant('lister');
    const lister = await userActor('operator', own);
    const active = await createBlock(lister, input({ value: '172.16.0.0/12', reason: 'scanner 100%' }));
    const lifted = await createBlock(lister, input({ kind: 'user_agent', value: 'BadBot' }));
    await liftBlock(lister, lifted.id);
    const expired = await createBlock(lister, input({ kind: 'route', value: 'post /login' }));
    await scene.admin`update access_block set expires_at = now() - interval '1 second' where id = ${expired.id}`;
    const ids = async (filter: object) => (await listBlocks(lister, filter)).items.map(({ id }) => id);
    expect(await ids({})).toEqual([expired.id, lifted.id, active.id]);
    expect(await ids({ state: 'active' })).toEqual([active.id]);
    expect(await ids({ state: 'lifted' })).toEqual([lifted.id]);
    expect(await ids({ state: 'expired' })).toEqual([expired.id]);
    expect(await ids({ kind: 'user_agent' })).toEqual([lifted.id]);
    expect(await ids({ covers: '172.20.1.2' })).toEqual([active.id]);
    expect(await ids({ covers: '2001:db8::1' })).toEqual([]);
    expect(await ids({ q: '100%' })).toEqual([active.id]);
    expect(await ids({ q: 'BADBOT' })).toEqual([lifted.id]);
    expect(await ids({ q: 'POST /login' })).toEqual([expired.id]);
    const first = await listBlocks(lister, { limit: 2 });
    const second = await listBlocks(lister, { limit: 2, cursor: first.nextCursor ?? '' });
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual([expired.id, lifted.id, active.id]);
    expect(second.nextCursor).toBeNull();
    await expect(listBlocks(lister, { cursor: 'x' })).rejects.toMatchObject({ code: 'bad_request' });
    expect((await listBlocks(operator, { limit: 200 })).items.map(({ id }) => id)).not.toContain(active.id);
    await expect(listBlocks(analyst, {})).resolves.toHaveProperty('items');
    await expect(listBlocks(keyActor(newId(), ['keys:read']), {})).rejects.toMatchObject({
      code: 'forbidden',
    });
  });
});

describe('the roles of the database', () => {
  it('change nothing of a block but its end', async () => {
    const { id } = await createBlock(operator, input());
    const rw = postgres(scene.urls.rw, { max: 1 });
    const inScope = (text: string) =>
      rw.begin(async (tx) => {
        await tx`select set_config('app.tenant_id', ${DEFAULT_TENANT_ID}, true)`;
        return tx.unsafe(text);
      });
    for (const change of [
      `value = '0.0.0.0/0'`,
      `reason = 'x'`,
      'expires_at = now()',
      `tenant_id = '${stranger.tenantId}'`,
    ]) {
      await expect(inScope(`update access_block set ${change} where id = '${id}'`)).rejects.toMatchObject({
        code: '42501',
      });
    }
    await expect(inScope(`delete from access_block where id = '${id}'`)).rejects.toMatchObject({
      code: '42501',
    });
    await expect(
      inScope(`update access_block set lifted_at = now() where id = '${id}'`),
    ).resolves.toMatchObject({ count: 1 });
    await expect(
      inScope(
        `insert into access_block (tenant_id, id, kind, value, reason) values ('${DEFAULT_TENANT_ID}', gen_random_uuid(), 'ip', 'x', 'x')`,
      ),
    ).rejects.toMatchObject({ code: '22P02' });
    await rw.end();
    await expect(gate.unsafe('select created_by from access_block')).rejects.toMatchObject({ code: '42501' });
    await expect(gate.unsafe('update access_block set lifted_at = now()')).rejects.toMatchObject({
      code: '42501',
    });
  });
});
