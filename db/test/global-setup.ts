import { CLUSTER_VARIABLE, startTestCluster } from './cluster';

/** One Postgres for the whole test run; each test file clones its own database (template.ts). */
export default async function setup(): Promise<() => Promise<void>> {
  const { cluster, stop } = await startTestCluster();
  process.env[CLUSTER_VARIABLE] = JSON.stringify(cluster);
  return stop;
}
