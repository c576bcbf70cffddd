import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newTenant, openScene, type Scene, userActor } from '@/db/test/scene';
import { BULK_MAX, type BulkDecideInput } from '@/lib/assurance/findings/bulk-contract';
import { getFinding } from '@/lib/assurance/findings/read/queries';
import { all, bring, numbered, prepareFindings, trivyReport } from '@/lib/assurance/findings/test/reports';
import type { UserActor } from '@/lib/platform/auth/contract';
import { DAY_MS } from '@/lib/platform/core/clock';
import { newId } from '@/lib/platform/core/ids';
import { decideFinding } from './decide-finding';
import { decideFindings } from './decide-findings';

let scene: Scene;
let folder: string;
let operator: UserActor;
let analyst: UserActor;
let auditor: UserActor;
let stranger: UserActor;
beforeAll(async () => {
  folder = prepareFindings();
  scene = await openScene();
  operator = await userActor('operator');
  analyst = await userActor('analyst');
  auditor = await userActor('auditor');
  stranger = await userActor('operator', await newTenant('other'));
});
afterAll(async () => {
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

let made = 0;
async function newFindings(count: number) {
  made += 1;
  const asset = `asset ${made}`;
  await bring(operator, trivyReport(numbered(count)), { asset });
  return { asset, ids: (await all(operator, { asset })).map(({ id }) => id) };
}
const anyStatus = ['open', 'false_positive', 'accepted'] as const;
const decisionsOf = async (asset: string) =>
  (await all(operator, { asset, status: [...anyStatus] })).map(({ decision }) => decision.value);
const recordsOf = (ids: readonly string[]) =>
  scene.admin`select target_id as id, action, reason, details from audit_event
    where target_id = any(${[...ids]}) and action like 'finding.%' order by at`;
const dismiss = { decision: 'false_positive', reason: 'a test fixture' } as const;

/** As the console does it: part by part until the end. */
async function decideAll(input: BulkDecideInput) {
  const parts = [await decideFindings(operator, input)];
  for (let next = parts[0]?.nextCursor; next; next = parts.at(-1)?.nextCursor)
    parts.push(await decideFindings(operator, { ...input, cursor: next }));
  return parts;
}

describe('decideFindings by id', () => {
  it('decides with an event and a record each, and says what failed and what was so already', async () => {
    const { ids } = await newFindings(3);
    const missing = newId();
    const result = await decideFindings(operator, { ids: [...ids, missing], change: dismiss });
    expect(result.changed.sort()).toEqual([...ids].sort());
    expect(result.failed).toEqual([{ id: missing, detail: 'Finding not found.' }]);
    expect(result.nextCursor).toBeNull();
    const records = await recordsOf(ids);
    expect(records.map(({ id }) => id).sort()).toEqual([...ids].sort());
    for (const record of records)
      expect(record).toMatchObject({
        action: 'finding.decided',
        reason: 'a test fixture',
        details: { before: { decision: 'none' }, after: { decision: 'false_positive' } },
      });
    const { events } = await getFinding(operator, ids[0] ?? '');
    expect(events.map(({ type }) => type)).toEqual(['opened', 'decided']);
    const again = await decideFindings(operator, { ids, change: dismiss });
    expect(again).toMatchObject({ changed: [], failed: [], undo: [] });
    expect(again.unchanged).toHaveLength(3);
    expect(await recordsOf(ids)).toHaveLength(3);
  });

  it('asks to accept all of them, each on its own', async () => {
    const { ids } = await newFindings(2);
    const until = new Date(Date.now() + 30 * DAY_MS).toISOString();
    const change = { decision: 'accepted', reason: 'no route to it', until } as const;
    expect(await decideFindings(analyst, { ids, change })).toMatchObject({ undo: null });
    for (const id of ids) {
      const { acceptances } = await getFinding(operator, id);
      expect(acceptances).toMatchObject([{ state: 'requested', requestedBy: 'analyst' }]);
    }
    await decideFindings(operator, { ids, change: dismiss });
    for (const id of ids)
      expect((await getFinding(operator, id)).acceptances).toMatchObject([{ state: 'ended' }]);
    const over = { ...change, until: new Date(Date.now() - DAY_MS).toISOString() };
    await expect(decideFindings(analyst, { ids, change: over })).rejects.toMatchObject({
      code: 'bad_request',
    });
  });

  it('is refused to a weaker role, and knows nothing of another tenant', async () => {
    const { asset, ids } = await newFindings(2);
    await expect(decideFindings(auditor, { ids, change: dismiss })).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect((await decideFindings(stranger, { ids, change: dismiss })).failed).toHaveLength(2);
    expect((await decideFindings(stranger, { filter: { asset }, change: dismiss })).changed).toEqual([]);
    expect(await decisionsOf(asset)).toEqual(['none', 'none']);
  });

  it('wants ids or a filter, and a cursor of its own order', async () => {
    const { asset, ids } = await newFindings(1);
    for (const wrong of [{}, { ids, filter: { asset } }, { ids, cursor: 'x' }])
      await expect(decideFindings(operator, { ...wrong, change: dismiss })).rejects.toThrow();
    const wrong = { filter: { asset }, cursor: 'nonsense', change: dismiss };
    await expect(decideFindings(operator, wrong)).rejects.toMatchObject({ code: 'bad_request' });
  });
});

describe('decideFindings by filter', () => {
  it('goes through all that it finds, and only that', { timeout: 60_000 }, async () => {
    const { asset, ids } = await newFindings(BULK_MAX + 20);
    const other = await newFindings(2);
    const kept = ids.slice(0, 3);
    await decideFindings(operator, { ids: kept, change: { decision: 'confirmed' } });
    const parts = await decideAll({
      filter: { asset, notRule: 'CVE-2024-1007', severity: 'high' },
      change: dismiss,
    });
    expect(parts.map(({ changed }) => changed.length)).toEqual([BULK_MAX, 19]);
    const decisions = await decisionsOf(asset);
    expect(decisions.filter((one) => one === 'false_positive')).toHaveLength(BULK_MAX + 19);
    expect(await decisionsOf(other.asset)).toEqual(['none', 'none']);

    const undo = parts.flatMap((part) => part.undo ?? []);
    expect(undo.map((one) => one.change.decision).sort()).toEqual(['confirmed', 'none', 'none']);
    for (const input of undo) expect((await decideFindings(operator, input)).failed).toEqual([]);
    const after = await decisionsOf(asset);
    expect(after.filter((one) => one === 'confirmed')).toHaveLength(3);
    expect(after.filter((one) => one === 'none')).toHaveLength(BULK_MAX + 17);
  });

  it('undoes nothing that somebody decided again since', async () => {
    const { asset, ids } = await newFindings(3);
    const [part] = await decideAll({ filter: { asset }, change: dismiss });
    await decideFinding(analyst, ids[0] ?? '', {
      decision: 'not_affected',
      justification: 'code_not_present',
    });
    const [input] = part?.undo ?? [];
    if (!input) throw new Error('There is nothing to undo.');
    const result = await decideFindings(operator, input);
    expect(result.failed).toEqual([{ id: ids[0], detail: 'The decision has changed since then.' }]);
    expect(result.changed.sort()).toEqual(ids.slice(1).sort());
    expect((await getFinding(operator, ids[0] ?? '')).finding.decision.value).toBe('not_affected');
    const lifted = await decideFindings(operator, { ids: ids.slice(0, 1), change: { decision: 'none' } });
    await decideFinding(analyst, ids[0] ?? '', { decision: 'confirmed' });
    for (const one of lifted.undo ?? []) expect((await decideFindings(operator, one)).failed).toHaveLength(1);
  });

  it('leaves alone what somebody decided while it waited', async () => {
    const { asset, ids } = await newFindings(2);
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let begun = () => {};
    const isBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const colleague = scene.admin.begin(async (tx) => {
      await tx`update finding set decision = 'not_affected', decision_justification = 'code_not_present', decision_source = 'person',
        decided_at = now() where id = ${ids[0] ?? ''}`;
      begun();
      await held;
    });
    await isBegun;
    const deciding = decideFindings(operator, { filter: { asset }, change: dismiss });
    await expect
      .poll(
        async () =>
          (
            await scene.admin`select 1 from pg_stat_activity where wait_event_type = 'Lock'
            and datname = current_database()`
          ).length,
      )
      .toBe(1);
    release();
    await colleague;
    const { changed, unchanged } = await deciding;
    expect([changed, unchanged]).toEqual([[ids[1]], [ids[0]]]);
  });
});
