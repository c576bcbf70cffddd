import { useDatabase } from '@/db/connect';
import type { TestDatabase } from '@/db/test/template';
import { openLog } from '../seal/open-log';
import { createSequencer } from '../seal/seal-pending';
import { TEST_HOST } from './sealed-log';

/** For tests only: a sequencer that seals until it is killed. */
const urls: TestDatabase['urls'] = JSON.parse(process.argv[2] ?? '{}');
useDatabase({ app_rw: urls.rw, app_ro: urls.ro, app_gate: urls.gate });
const sequencer = createSequencer((tenantId) => openLog(tenantId, TEST_HOST));

async function run(): Promise<void> {
  for (;;) {
    // Another sequencer may have moved the log between a snapshot and the lock: the next pass sees it.
    await sequencer.pass().catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

process.send?.('begins');
void run();
