import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyActor, newTenant, openScene, type Scene, userActor } from '@/db/test/scene';
import { all, bring, numbered, prepareFindings, trivyReport } from '@/lib/assurance/findings/test/reports';
import type { UserActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { dueBoard } from './due-board';

let scene: Scene;
let folder: string;
let operator: UserActor;

const ZONE = 'Pacific/Auckland';
const DAYS = [-40, -1, 1, 6, 8, 29, 31, null];

beforeAll(async () => {
  folder = prepareFindings();
  scene = await openScene();
  operator = await userActor('operator');
  const { admin } = scene;
  await admin`update identity.tenant set time_zone = ${ZONE} where id = ${DEFAULT_TENANT_ID}`;
  for (const asset of ['web', 'shop']) {
    await bring(operator, trivyReport(numbered(DAYS.length, asset === 'web' ? 'HIGH' : 'LOW')), { asset });
    for (const [i, days] of DAYS.entries())
      await admin`update finding set due_at = ${days}::integer * interval '1 day' + now() where rule_id = ${`CVE-2024-${1000 + i}`}
        and asset_id = (select id from asset where name = ${asset})`;
  }
  await admin`update finding set due_at = now() - interval '9 days' where rule_id = 'CVE-2024-1004'
    and asset_id = (select id from asset where name = 'shop')`;
});
afterAll(async () => {
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the board of what is due', () => {
  it('counts by severity and asset, in the steps in which the list filters', async () => {
    const board = await dueBoard(operator, {});
    expect(board.total).toEqual({ overdue: 5, soon: 4, month: 3, later: 2, none: 2 });
    const web = { overdue: 2, soon: 2, month: 2, later: 1, none: 1 };
    const shop = { overdue: 3, soon: 2, month: 1, later: 1, none: 1 };
    expect(board.severities.find(({ severity }) => severity === 'high')?.counts).toEqual(web);
    expect(board.assets).toEqual([
      { name: 'shop', counts: shop },
      { name: 'web', counts: web },
    ]);
    for (const [sla, count] of Object.entries(board.total))
      expect(await all(operator, { sla: sla as keyof typeof board.total })).toHaveLength(count);
    expect((await dueBoard(operator, { asset: 'web' })).total).toEqual(web);
    expect(Object.values((await dueBoard(operator, { asset: 'none such' })).total)).toEqual([0, 0, 0, 0, 0]);
  });

  it('lists the longest overdue first', async () => {
    const { longest } = await dueBoard(operator, {});
    expect(longest).toHaveLength(5);
    expect(longest.map(({ isOverdue }) => isOverdue)).toEqual([true, true, true, true, true]);
    const times = longest.map(({ dueAt }) => Date.parse(dueAt ?? ''));
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('counts what was found and fixed in the months of the tenant’s calendar', async () => {
    // Half an hour into the month in Auckland, where it is still the month before in Greenwich.
    await scene.admin`update finding_event set at = date_trunc('month', now() at time zone ${ZONE}) at time zone ${ZONE}
        + interval '30 minutes' where type = 'opened' and finding_id in (
      select id from finding where asset_id = (select id from asset where name = 'web') and rule_id < 'CVE-2024-1003')`;
    const monthIn = (zone: string, time: number) =>
      new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit' })
        .format(time)
        .slice(0, 7);
    const { months } = await dueBoard(operator, { asset: 'web' });
    expect(months).toHaveLength(12);
    expect(months.at(-1)?.month).toBe(monthIn(ZONE, Date.now()));
    expect(months.reduce((sum, { found }) => sum + found, 0)).toBe(8);
    expect(months.at(-1)?.found).toBe(8);
    expect(months.at(-2)?.found).toBe(0);
    await bring(operator, trivyReport(numbered(6, 'HIGH')), { asset: 'web' });
    const after = await dueBoard(operator, { asset: 'web' });
    expect(after.months.at(-1)?.fixed).toBe(2);
    expect((await dueBoard(operator, { asset: 'shop' })).months.at(-1)?.fixed).toBe(0);
  });

  it('shows nothing of another tenant, and nothing to who may not see findings', async () => {
    const stranger = await userActor('operator', await newTenant('due'));
    const board = await dueBoard(stranger, {});
    expect([board.assets, board.longest, board.assetNames]).toEqual([[], [], []]);
    await expect(dueBoard(keyActor(newId(), ['scans:read']), {})).rejects.toMatchObject({
      code: 'forbidden',
    });
  });

  it('knows an asset that stands behind the first thousand names', async () => {
    const { total } = await dueBoard(operator, { asset: 'web' });
    await scene.admin`insert into asset (tenant_id, id, name)
      select ${DEFAULT_TENANT_ID}, gen_random_uuid(), 'a ' || n from generate_series(1, 1000) n`;
    const board = await dueBoard(operator, { asset: 'web' });
    expect(board.assetNames).not.toContain('web');
    expect(board.total).toEqual(total);
    expect(board.months.reduce((sum, { found }) => sum + found, 0)).toBe(8);
  });
});
