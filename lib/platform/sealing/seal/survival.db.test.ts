import { afterAll, beforeAll, expect, it } from 'vitest';
import { cliActor, openScene, type Scene } from '@/db/test/scene';
import { TEST_SECRET } from '../test/sealed-log';
import { surviveKills } from '../test/survival';
import { ringOfSecrets } from '../verify/key-ring';
import { localRunner } from '../verify/local-runner';
import { verifyDatabase } from '../verify/run-verification';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

/** The whole of test 7 is in e2e/chaos/sealing.test.ts. */
it('two sequencers, killed in turn while others write, seal every event once', async () => {
  const { tenantIds, rows, kills } = await surviveKills(scene, {
    tenants: 3,
    writers: 4,
    rows: 100,
    killEveryMs: 700,
  });
  expect(kills).toBeGreaterThan(0);
  const report = await verifyDatabase({
    actors: tenantIds.map(cliActor),
    ...{ isComplete: false, runner: localRunner, ring: ringOfSecrets([TEST_SECRET]), policy: null },
    ...{ secrets: [], startedBy: 'test' },
  });
  expect(report.faults).toEqual([]);
  expect(report.logs.filter(({ leaves }) => leaves === rows)).toHaveLength(3);
  expect(report.rows).toBe(3 * rows);
});
