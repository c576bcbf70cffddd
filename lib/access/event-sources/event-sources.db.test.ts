import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newTenant, openScene, type Scene, userActor } from '@/db/test/scene';
import type { UserActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { addToken } from './add-token';
import { ACTIVE_TOKENS_MAX, createSourceInput } from './contract';
import { createSource } from './create-source';
import { listSources } from './queries';
import { revokeSource } from './revoke-source';
import { revokeToken } from './revoke-token';
import { updateSource } from './update-source';

let scene: Scene;
let operator: UserActor;
let tenantId: string;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
beforeEach(async () => {
  tenantId = await newTenant(`sources-${newId().slice(-8)}`);
  operator = await userActor('operator', tenantId);
});

const input = { name: 'edge', allowedCidrs: ['10.0.0.0/8'] };
const revision = async () =>
  Number((await scene.admin`select revision from gate_revision where tenant_id = ${tenantId}`)[0]?.revision);
const actions = async () =>
  (
    await scene.admin`select action from audit_event where tenant_id = ${tenantId} and action like 'event_source.%' order by at`
  ).map(({ action }) => action);

describe('an event source', () => {
  it('is made with a token that is shown once and stands nowhere', async () => {
    const made = await createSource(operator, input, 'once');
    expect(made.url).toMatch(/\/v1\/events\/falco\/bws_[A-Za-z0-9]{40,}$/);
    expect(made.token).not.toBeNull();
    const again = await createSource(operator, input, 'once');
    expect(again).toMatchObject({ token: null, url: null, replayed: true, source: { id: made.source.id } });
    const secret = made.token?.slice(20) ?? '';
    expect(secret.length).toBeGreaterThan(30);
    const tables = await scene.admin`
      select format('%I.%I', table_schema, table_name) as name from information_schema.tables
      where table_type = 'BASE TABLE' and table_schema in ('public', 'identity')`;
    expect(tables.length).toBeGreaterThan(40);
    const holders: string[] = [];
    for (const { name } of tables) {
      const [hit] = await scene.admin.unsafe(
        `select 1 from ${name} t where strpos(t::text, $1) > 0 limit 1`,
        [secret],
      );
      if (hit) holders.push(name);
    }
    expect(holders).toEqual([]);
    expect(JSON.stringify(await listSources(operator))).not.toContain(secret);
    expect(await actions()).toEqual(['event_source.created']);
  });

  it.each([
    [{}, 'a token in a URL is not enough'],
    [{ allowedCidrs: ['0.0.0.0/0'] }, 'smaller than the whole internet'],
    [{ allowedCidrs: ['::/0'], clientSubject: 'CN=a' }, 'smaller than the whole internet'],
    [{ allowedCidrs: ['nonsense'] }, 'IP address or CIDR'],
    [{ clientSubject: 'a\u202eb' }, ''],
  ])('is not taken with %j', (change, sentence) => {
    const parsed = createSourceInput.safeParse({ name: 'edge', ...change });
    expect(parsed.success).toBe(false);
    expect(JSON.stringify(parsed.error?.issues)).toContain(sentence);
  });

  it('has a name of its own among those in use', async () => {
    const { source } = await createSource(operator, input);
    await expect(createSource(operator, { ...input, name: 'EDGE' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await revokeSource(operator, source.id, { reason: 'replaced' });
    await expect(createSource(operator, input)).resolves.toBeTruthy();
  });

  it('tells every gate of each change', async () => {
    const before = await revision();
    const { source } = await createSource(operator, input);
    const made = await revision();
    expect(made).toBeGreaterThan(before);
    const { source: second } = await addToken(operator, source.id);
    const added = await revision();
    expect(added).toBeGreaterThan(made);
    await revokeToken(operator, source.id, second.tokens[0]?.id ?? '', { reason: 'rotated' });
    const ended = await revision();
    expect(ended).toBeGreaterThan(added);
    await updateSource(operator, source.id, { allowedCidrs: ['192.0.2.1'] });
    expect(await revision()).toBeGreaterThan(ended);
    expect(await actions()).toEqual([
      'event_source.created',
      'event_source.token_added',
      'event_source.token_revoked',
      'event_source.updated',
    ]);
  });

  it('holds so many active tokens and no more; an ended one does not end again', async () => {
    const { source } = await createSource(operator, input);
    for (let n = 1; n < ACTIVE_TOKENS_MAX; n++) await addToken(operator, source.id);
    await expect(addToken(operator, source.id)).rejects.toMatchObject({ code: 'conflict' });
    const [first] = source.tokens;
    await revokeToken(operator, source.id, first?.id ?? '', { reason: 'rotated' });
    await expect(
      revokeToken(operator, source.id, first?.id ?? '', { reason: 'rotated' }),
    ).rejects.toMatchObject({ code: 'not_found' });
    await expect(addToken(operator, source.id)).resolves.toBeTruthy();
  });

  it('keeps its bounds through changes, and tells of a conflict', async () => {
    const { source } = await createSource(operator, input);
    await expect(updateSource(operator, source.id, { allowedCidrs: [] })).rejects.toMatchObject({
      code: 'unprocessable',
    });
    const after = await updateSource(
      operator,
      source.id,
      { allowedCidrs: [], clientSubject: 'CN=edge' },
      `"${source.version}"`,
    );
    expect(after).toMatchObject({ allowedCidrs: [], clientSubject: 'CN=edge' });
    await expect(
      updateSource(operator, source.id, { name: 'x' }, `"${source.version}"`),
    ).rejects.toMatchObject({ code: 'precondition_failed' });
    await revokeSource(operator, source.id, { reason: 'gone' });
    await expect(updateSource(operator, source.id, { name: 'x' })).rejects.toMatchObject({
      code: 'conflict',
    });
    await expect(addToken(operator, source.id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(revokeSource(operator, source.id, { reason: 'gone' })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('is for those who may, of their own tenant', async () => {
    const { source } = await createSource(operator, input);
    const analyst = await userActor('analyst', tenantId);
    await expect(createSource(analyst, input)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(revokeSource(analyst, source.id, { reason: 'mine' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect((await listSources(analyst)).items).toHaveLength(1);
    const stranger = await userActor('operator', await newTenant(`sources-${newId().slice(-8)}`));
    expect((await listSources(stranger)).items).toEqual([]);
    for (const attempt of [
      () => revokeSource(stranger, source.id, { reason: 'mine' }),
      () => updateSource(stranger, source.id, { name: 'mine' }),
      () => addToken(stranger, source.id),
      () => revokeToken(stranger, source.id, source.tokens[0]?.id ?? '', { reason: 'mine' }),
    ])
      await expect(attempt()).rejects.toMatchObject({ code: 'not_found' });
  });
});
