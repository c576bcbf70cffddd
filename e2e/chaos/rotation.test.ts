import { afterAll, beforeAll, it } from 'vitest';
import { CLUSTER_VARIABLE, startTestCluster } from '@/db/test/cluster';
import { surviveRotations } from '@/lib/processes/test/rotation-survival';

let stop: () => Promise<void>;
beforeAll(async () => {
  const started = await startTestCluster();
  stop = started.stop;
  process.env[CLUSTER_VARIABLE] = JSON.stringify(started.cluster);
});
afterAll(async () => {
  delete process.env[CLUSTER_VARIABLE];
  await stop();
});

it(
  'flapping: a service with the agent survives three rotations under load, the worker being killed ten times',
  () => surviveRotations(3, 10),
  240_000,
);
