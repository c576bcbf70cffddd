import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cliActor, keyActor, newTenant, openScene, type Scene, userActor } from '@/db/test/scene';
import { createKey } from '@/lib/access/api-keys/change/create-key';
import type { BlockKind } from '@/lib/access/blocks/contract';
import { createBlock } from '@/lib/access/blocks/create-block';
import { actorOf } from '@/lib/platform/auth/actor';
import type { UserActor } from '@/lib/platform/auth/contract';
import { PEER_HEADER } from '@/lib/platform/core/http/own-headers';
import { isBlocked } from './refuse-blocked';

let scene: Scene;
let operator: UserActor;
beforeAll(async () => {
  scene = await openScene();
  operator = await userActor('operator');
});
beforeEach(() => scene.admin`update access_block set lifted_at = now() where lifted_at is null`);
afterAll(() => scene.close());

const block = (kind: BlockKind, value: string) =>
  createBlock(cliActor(), { kind, value, reason: 'test', duration: '1h', confirm: true });

describe('a block', () => {
  it.each<[BlockKind, (actor: UserActor) => string, boolean]>([
    ['ip', () => '192.0.2.0/24', true],
    ['ip', () => '::/0', false],
    ['user', (actor) => actor.userId, true],
    ['user', () => 'somebody', false],
    ['session', (actor) => actor.sessionId, false],
    ['user_agent', () => 'test', false],
  ])('of %s holds in the console where it names the person', async (kind, valueFor, expected) => {
    expect(await isBlocked(operator)).toBe(false);
    await block(kind, valueFor(operator));
    expect(await isBlocked(operator)).toBe(expected);
    const elsewhere = {
      ...operator,
      tenantId: await newTenant(`t-${kind}-${expected}`.replaceAll('_', '-')),
    };
    expect(await isBlocked(elsewhere)).toBe(false);
  });

  it('ends at its end', async () => {
    const { id } = await block('user', operator.userId);
    await scene.admin`update access_block set expires_at = now() where id = ${id}`;
    expect(await isBlocked(operator)).toBe(false);
  });

  it.each(['key', 'owner', 'ip'] as const)(
    'of %s refuses a key at the API from the next request on',
    async (kind) => {
      const { key, secret } = await createKey(operator, { name: `by ${kind}`, scopes: ['keys:read'] });
      const headers = { authorization: `Bearer ${secret}`, [PEER_HEADER]: '198.51.100.9' };
      const ask = () => actorOf(new Request('http://localhost:3000/api/v1/keys', { headers }));
      expect(await ask()).toMatchObject({ keyId: key.id });
      await block(kind, { key: key.id, owner: operator.userId, ip: '198.51.100.0/24' }[kind]);
      await expect(ask()).rejects.toMatchObject({ code: 'forbidden' });
      const [row] =
        await scene.admin`select action, outcome, code, target_id from audit_event order by at desc limit 1`;
      expect(row).toEqual({ action: 'auth.refused', outcome: 'denied', code: 'BLOCKED', target_id: key.id });
      expect(await isBlocked(keyActor(crypto.randomUUID(), []))).toBe(false);
    },
  );
});
