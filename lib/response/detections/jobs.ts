import { HOUR_MS, SECOND_MS } from '@/lib/platform/core/clock';
import { getEnv } from '@/lib/platform/core/env/env';
import { isId } from '@/lib/platform/core/ids';
import { log } from '@/lib/platform/core/log';
import { jobActor, type TenantJob } from '@/lib/platform/jobs/contract';
import { applyExceptions } from './exceptions/apply-exceptions';
import { forgetOld } from './ingest/forget-old';
import { processDeliveries } from './ingest/process-deliveries';
import { currentPolicy } from './policy/policy-file';

const READ = 'read deliveries';
/** In case a notice was lost. */
const READ_EVERY_MS = 10 * SECOND_MS;
const APPLY_EVERY_MS = 30 * SECOND_MS;

const policy = () => currentPolicy(getEnv().detectionsFile, log());

/** What is being read right now, and whether it is to be read once more. */
const running = new Map<string, { again: boolean }>();

/** A gate has kept something of this tenant. Notices that come while it is being read are one. */
export async function onEventsReceived(tenantId: string): Promise<void> {
  if (!isId(tenantId)) return;
  const current = running.get(tenantId);
  if (current) {
    current.again = true;
    return;
  }
  const mine = { again: false };
  running.set(tenantId, mine);
  try {
    do {
      mine.again = false;
      await processDeliveries(jobActor(tenantId, READ), policy());
    } while (mine.again);
  } finally {
    running.delete(tenantId);
  }
}

/** What the worker repeats for detections; deliveries are mostly read when the gate says so. */
export const detectionJobs: TenantJob[] = [
  {
    name: READ,
    everyMs: READ_EVERY_MS,
    run: async (actor) => {
      if (!running.has(actor.tenantId)) await processDeliveries(actor, policy());
    },
  },
  { name: 'apply detection exceptions', everyMs: APPLY_EVERY_MS, run: applyExceptions },
  { name: 'forget old detections', everyMs: HOUR_MS, run: (actor) => forgetOld(actor, policy()) },
];
