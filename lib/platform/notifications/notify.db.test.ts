import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inTenant } from '@/db/scope';
import { newTenant, openScene, type Scene, testJobActor } from '@/db/test/scene';
import { newId } from '@/lib/platform/core/ids';
import type { NotificationEvent } from './notice-contract';
import { notify } from './notify';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

function expiring(tenantId: string, dedupeKey: string, daysLeft = 7): NotificationEvent<'key.expiring'> {
  return {
    tenantId,
    type: 'key.expiring',
    subject: { type: 'key', id: newId(), label: 'ci-deploy' },
    dedupeKey,
    data: { expiresAt: '2026-12-01T00:00:00.000Z', daysLeft },
  };
}

describe('notify', () => {
  it('writes one row for an event however often it is told, and says whether it was the first', async () => {
    const tenantId = await newTenant('notify-once');
    const actor = testJobActor(tenantId);
    expect(await inTenant(actor, (tx) => notify(tx, expiring(tenantId, 'a')))).toBe(true);
    expect(await inTenant(actor, (tx) => notify(tx, expiring(tenantId, 'a')))).toBe(false);
    expect(await inTenant(actor, (tx) => notify(tx, expiring(tenantId, 'b', 1)))).toBe(true);
    const rows = await scene.admin`select severity, subject_label, data from notification
      where tenant_id = ${tenantId} order by id`;
    expect(rows).toEqual([
      {
        severity: 'warning',
        subject_label: 'ci-deploy',
        data: { daysLeft: 7, expiresAt: '2026-12-01T00:00:00.000Z' },
      },
      {
        severity: 'critical',
        subject_label: 'ci-deploy',
        data: { daysLeft: 1, expiresAt: '2026-12-01T00:00:00.000Z' },
      },
    ]);
  });

  it('leaves nothing behind where the transaction of its cause fails', async () => {
    const tenantId = await newTenant('notify-rollback');
    const failing = inTenant(testJobActor(tenantId), async (tx) => {
      await notify(tx, expiring(tenantId, 'a'));
      throw new Error('the change failed');
    });
    await expect(failing).rejects.toThrow('the change failed');
    expect(await scene.admin`select 1 from notification where tenant_id = ${tenantId}`).toHaveLength(0);
  });

  it('cannot write into another tenant, nor data of another shape', async () => {
    const [own, other] = [await newTenant('notify-own'), await newTenant('notify-other')];
    await expect(inTenant(testJobActor(own), (tx) => notify(tx, expiring(other, 'a')))).rejects.toThrow();
    const malformed = { ...expiring(own, 'a'), data: { expiresAt: 'soon', daysLeft: 7 } };
    await expect(inTenant(testJobActor(own), (tx) => notify(tx, malformed))).rejects.toThrow();
    expect(await scene.admin`select 1 from notification where tenant_id in (${own}, ${other})`).toHaveLength(
      0,
    );
  });
});
