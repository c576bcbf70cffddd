import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLUSTER_VARIABLE, startTestCluster } from '@/db/test/cluster';
import { cliActor, openScene, type Scene } from '@/db/test/scene';
import { TEST_SECRET } from '@/lib/platform/sealing/test/sealed-log';
import { surviveKills } from '@/lib/platform/sealing/test/survival';
import { ringOfSecrets } from '@/lib/platform/sealing/verify/key-ring';
import { localRunner } from '@/lib/platform/sealing/verify/local-runner';
import { verifyDatabase } from '@/lib/platform/sealing/verify/run-verification';

let scene: Scene;
let stopCluster: () => Promise<void>;
beforeAll(async () => {
  const { cluster, stop } = await startTestCluster();
  stopCluster = stop;
  process.env[CLUSTER_VARIABLE] = JSON.stringify(cluster);
  scene = await openScene();
});
afterAll(async () => {
  await scene.close();
  await stopCluster();
});

it('six writers, eight tenants, 96,000 events, two sequencers of which one dies each second: every leaf once', async () => {
  const { tenantIds, rows, kills } = await surviveKills(scene, {
    tenants: 8,
    writers: 6,
    rows: 2000,
    killEveryMs: 1000,
  });
  expect(kills).toBeGreaterThan(5);
  const report = await verifyDatabase({
    actors: tenantIds.map(cliActor),
    ...{ isComplete: false, runner: localRunner, ring: ringOfSecrets([TEST_SECRET]), policy: null },
    ...{ secrets: [], startedBy: 'test' },
  });
  expect(report.faults).toEqual([]);
  expect(report.logs.filter(({ leaves }) => leaves === rows)).toHaveLength(8);
}, 600_000);
