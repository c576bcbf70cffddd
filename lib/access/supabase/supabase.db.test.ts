import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { newTenant, openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import { createBlock } from '@/lib/access/blocks/create-block';
import { liftBlock } from '@/lib/access/blocks/lift-block';
import { restoreBlock } from '@/lib/access/blocks/restore-block';
import { SERVICE_KEY, StandInGoTrue } from '@/lib/access/supabase/test/gotrue';
import type { UserActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import type { JobContext } from '@/lib/platform/jobs/enqueue';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { syncBan } from './jobs';
import { lookUpUsers } from './queries';

const gotrue = new StandInGoTrue();
let scene: Scene;
let operator: UserActor;
beforeAll(async () => {
  await gotrue.start();
  Object.assign(process.env, { SUPABASE_URL: gotrue.url, SUPABASE_SERVICE_ROLE_KEY: SERVICE_KEY });
  scene = await openScene();
  operator = await userActor('operator');
});
afterEach(() => {
  gotrue.failWith = null;
});
afterAll(async () => {
  await scene.close();
  await gotrue.stop();
});

let finished = 0;
const context: JobContext = {
  jobId: newId(),
  attempt: 1,
  signal: new AbortController().signal,
  finish: async () => {
    finished += 1;
  },
};
const sync = (userId: string) =>
  syncBan(testJobActor(), { v: 1, tenantId: DEFAULT_TENANT_ID, userId }, context);
const block = (value: string, duration: string | null = null) =>
  createBlock(operator, { kind: 'user', value, reason: 'stolen laptop', duration });

async function queued(userId: string): Promise<number> {
  const rows =
    await scene.admin`select 1 from pgboss.job where name = 'supabase.sync-ban' and data->>'userId' = ${userId}`;
  return rows.length;
}

async function recorded(userId: string): Promise<string[]> {
  const rows = await scene.admin`select action from audit_event where target_id = ${userId} order by at`;
  return rows.map(({ action }) => action);
}

describe('a blocked user of Supabase', () => {
  it('is banned there by the worker, and no longer when the block is lifted', async () => {
    const user = gotrue.addUser('ada@example.org');
    const made = await block(user.id);
    expect(await queued(user.id)).toBe(1);
    await sync(user.id);
    expect(user.banDuration).toBe('876000h');
    await liftBlock(operator, made.id);
    await sync(user.id);
    expect(user.banDuration).toBe('none');
    await restoreBlock(operator, made.id);
    await sync(user.id);
    expect(user.banDuration).toBe('876000h');
    expect(await queued(user.id)).toBe(3);
    expect(await recorded(user.id)).toEqual([
      'supabase.user_banned',
      'supabase.user_unbanned',
      'supabase.user_banned',
    ]);
    expect(finished).toBe(3);
  });

  it('is banned for as long as the block stands', async () => {
    const user = gotrue.addUser('bob@example.org');
    await block(user.id, '1h');
    await sync(user.id);
    expect(user.banDuration).toMatch(/^(3600|35\d\d)s$/);
  });

  it('ends up as the block is, though it was lifted while Supabase was being asked', async () => {
    const user = gotrue.addUser('eve@example.org');
    const made = await block(user.id);
    gotrue.onCall = async () => {
      gotrue.onCall = null;
      await liftBlock(operator, made.id);
    };
    await sync(user.id);
    expect(user.banDuration).toBe('none');
    expect(await recorded(user.id)).toEqual(['supabase.user_unbanned']);
  });

  it('is banned by a later attempt where Supabase is out of order', async () => {
    const user = gotrue.addUser('carol@example.org');
    await block(user.id);
    gotrue.failWith = 500;
    await expect(sync(user.id)).rejects.toMatchObject({ code: 'unavailable' });
    expect(await recorded(user.id)).toEqual([]);
    gotrue.failWith = null;
    await sync(user.id);
    expect(user.banDuration).toBe('876000h');
  });

  it('who is none of Supabase is left alone, as is a user of another tenant', async () => {
    const id = newId();
    await block(id);
    await expect(sync(id)).resolves.toBeUndefined();
    expect(await recorded(id)).toEqual([]);
    const user = gotrue.addUser('dan@example.org');
    const stranger = await userActor('operator', await newTenant('elsewhere'));
    await createBlock(stranger, { kind: 'user', value: user.id, reason: 'x', duration: null });
    expect(await queued(user.id)).toBe(0);
  });
});

describe('looking up users', () => {
  it('finds them by id and by a part of the address, for who may block them', async () => {
    const user = gotrue.addUser('Grace.Hopper@example.org');
    expect(await lookUpUsers(operator, { q: user.id })).toMatchObject({
      items: [{ id: user.id, email: 'Grace.Hopper@example.org', bannedUntil: null }],
      isComplete: true,
    });
    expect((await lookUpUsers(operator, { q: 'hopper' })).items.map(({ id }) => id)).toEqual([user.id]);
    expect(await lookUpUsers(operator, { q: crypto.randomUUID() })).toEqual({ items: [], isComplete: true });
    await expect(lookUpUsers(await userActor('analyst'), { q: user.id })).rejects.toMatchObject({
      code: 'forbidden',
    });
    const stranger = await userActor('operator', await newTenant('unconnected'));
    await expect(lookUpUsers(stranger, { q: user.id })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('says that Supabase does not answer, and never tells the service key', async () => {
    gotrue.failWith = 500;
    const error = await lookUpUsers(operator, { q: 'hopper' }).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: 'unavailable', status: 503 });
    expect(String(error)).not.toContain(SERVICE_KEY);
  });
});
