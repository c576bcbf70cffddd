import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyActor, newTenant, openScene, type Scene, userActor } from '@/db/test/scene';
import { createViewInput } from '@/lib/assurance/findings/saved-views-contract';
import type { UserActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { createView } from './create-view';
import { deleteView } from './delete-view';
import { getView, listViews } from './saved-views';
import { updateView } from './update-view';

let scene: Scene;
let operator: UserActor;
let analyst: UserActor;
let auditor: UserActor;
let stranger: UserActor;
beforeAll(async () => {
  scene = await openScene();
  operator = await userActor('operator');
  analyst = await userActor('analyst');
  auditor = await userActor('auditor');
  stranger = await userActor('operator', await newTenant('views'));
});
afterAll(() => scene.close());

let made = 0;
const newName = () => `View ${++made}`;
const save = (actor: UserActor, isShared = false, name = newName()) =>
  createView(actor, { name, filter: 'severity:critical -asset:demo', sort: 'due', isShared });
const namesOf = async (actor: UserActor) => (await listViews(actor)).items.map(({ name }) => name);
const recordsOf = (id: string) =>
  scene.admin`select action, actor_label as actor, target_label as label, details from audit_event
    where target_type = 'finding_view' and target_id = ${id} order by at`;

describe('createView', () => {
  it('keeps what the list is asked, for the person alone or for everybody', async () => {
    const own = await save(analyst);
    expect(own).toMatchObject({
      filter: 'severity:critical -asset:demo',
      sort: 'due',
      group: null,
      isShared: false,
      isOwn: true,
      owner: 'analyst',
      version: 1,
    });
    const shared = await createView(operator, {
      name: newName(),
      filter: '',
      group: 'asset',
      isShared: true,
    });
    expect(await recordsOf(shared.id)).toMatchObject([
      {
        action: 'finding_view.created',
        actor: 'operator',
        label: shared.name,
        details: { after: { name: shared.name, filter: '', sort: null, group: 'asset', isShared: true } },
      },
    ]);
    expect(await namesOf(analyst)).toEqual(expect.arrayContaining([own.name, shared.name]));
    expect(await namesOf(operator)).not.toContain(own.name);
    expect((await getView(analyst, shared.id)).isOwn).toBe(false);
    await expect(getView(operator, own.id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('refuses a name that is taken in the same place', async () => {
    const { name } = await save(analyst, true);
    await expect(save(operator, true, name)).rejects.toMatchObject({ code: 'conflict' });
    await save(operator, false, name);
    await expect(save(operator, false, name)).rejects.toMatchObject({ code: 'conflict' });
    await save(analyst, false, name);
    const racing = newName();
    const both = await Promise.allSettled([save(operator, true, racing), save(analyst, true, racing)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('lets who may only read keep views of their own, and no key any', async () => {
    expect((await save(auditor)).owner).toBe('auditor');
    await expect(save(auditor, true)).rejects.toMatchObject({ code: 'forbidden' });
    const key = keyActor(newId(), ['findings:read', 'findings:write']);
    await expect(createView(key, { name: newName(), filter: '' })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(
      createView(keyActor(newId(), ['scans:read']), { name: 'x', filter: '' }),
    ).rejects.toMatchObject({ code: 'forbidden' });
  });

  it('ends at a number of them', async () => {
    const many = await userActor('auditor');
    await scene.admin`insert into finding_view (tenant_id, id, owner_user_id, name)
      select ${many.tenantId}, gen_random_uuid(), ${many.userId}, 'many ' || n from generate_series(1, 100) n`;
    await expect(save(many)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('takes one line of plain text for a name', () => {
    const isName = (name: string) => createViewInput.safeParse({ name, filter: '' }).success;
    expect(isName('<b>Überfällig</b> 🔥')).toBe(true);
    for (const name of ['', ' ', 'a\nb', 'a\u0000b', 'a\u202Eb', 'x'.repeat(81)])
      expect(isName(name)).toBe(false);
  });
});

describe('updateView', () => {
  it('renames, shares and changes what is asked, with a record of before and after', async () => {
    const view = await save(analyst);
    const name = newName();
    const next = await updateView(analyst, view.id, { name, isShared: true });
    expect(next).toMatchObject({ name, isShared: true, filter: view.filter, sort: 'due', version: 2 });
    expect(await updateView(analyst, view.id, { filter: 'kev:true', sort: null })).toMatchObject({
      filter: 'kev:true',
      sort: null,
    });
    expect((await recordsOf(view.id)).at(1)).toMatchObject({
      action: 'finding_view.updated',
      label: name,
      details: { before: { name: view.name, isShared: false }, after: { name, isShared: true } },
    });
  });

  it('lets others change what is shared, but not take it back', async () => {
    const view = await save(analyst, true);
    expect((await updateView(operator, view.id, { filter: 'kev:true' })).owner).toBe('analyst');
    await expect(updateView(operator, view.id, { isShared: false })).rejects.toMatchObject({
      code: 'forbidden',
    });
    await expect(updateView(auditor, view.id, { filter: '' })).rejects.toMatchObject({ code: 'forbidden' });
    expect((await updateView(analyst, view.id, { isShared: false })).isShared).toBe(false);
    await expect(updateView(operator, view.id, { filter: '' })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('refuses a taken name, an older copy, and who may not share', async () => {
    const [a, b] = [await save(operator, true), await save(operator, true)];
    await expect(updateView(operator, b.id, { name: a.name })).rejects.toMatchObject({ code: 'conflict' });
    await updateView(operator, b.id, { name: b.name, filter: 'x' }, '"1"');
    await expect(updateView(operator, b.id, { filter: 'y' }, '"1"')).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    const own = await save(auditor);
    await expect(updateView(auditor, own.id, { isShared: true })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect((await updateView(auditor, own.id, { filter: 'x' })).filter).toBe('x');
  });
});

describe('deleteView', () => {
  it('takes it from everybody, records what it was, and leaves its name free', async () => {
    const view = await save(analyst, true);
    expect(await deleteView(operator, view.id)).toMatchObject({ id: view.id, name: view.name });
    for (const person of [analyst, operator]) expect(await namesOf(person)).not.toContain(view.name);
    await expect(getView(analyst, view.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(deleteView(operator, view.id)).rejects.toMatchObject({ code: 'not_found' });
    expect((await recordsOf(view.id)).at(-1)).toMatchObject({
      action: 'finding_view.deleted',
      details: { before: { name: view.name, filter: view.filter } },
    });
    expect((await save(operator, true, view.name)).name).toBe(view.name);
  });

  it('is refused for what is not one’s own, and to a weaker role', async () => {
    const own = await save(analyst);
    await expect(deleteView(operator, own.id)).rejects.toMatchObject({ code: 'not_found' });
    const shared = await save(analyst, true);
    await expect(deleteView(auditor, shared.id)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await namesOf(analyst)).toEqual(expect.arrayContaining([own.name, shared.name]));
  });
});

it('shows and changes nothing of another tenant', async () => {
  const { id } = await save(operator, true);
  expect((await listViews(stranger)).items).toEqual([]);
  const tries = [
    () => getView(stranger, id),
    () => updateView(stranger, id, { filter: '' }),
    () => deleteView(stranger, id),
  ];
  for (const one of tries) await expect(one()).rejects.toMatchObject({ code: 'not_found' });
  expect((await getView(operator, id)).version).toBe(1);
  await expect(listViews(keyActor(newId(), ['scans:read']))).rejects.toMatchObject({ code: 'forbidden' });
});
