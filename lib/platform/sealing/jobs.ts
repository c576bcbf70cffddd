import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '@/lib/platform/core/clock';
import { log } from '@/lib/platform/core/log';
import { jobActor } from '@/lib/platform/jobs/contract';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import type { LogAlarm } from './contract';
import { createPublisher, type PublisherAlarm } from './publish/publisher';
import { openLog } from './seal/open-log';
import { createSequencer } from './seal/seal-pending';
import { ShrunkLogError } from './seal/seal-tenant';
import type { Policy } from './tlog/policy';
import { verifyDue } from './verify/verify-due';
import type { SliceRunner } from './verify/verify-tenant';
import { createLagWatch } from './watch-sealing';

/** What the worker repeats for the installation as a whole. */
export interface SystemLoop {
  name: string;
  everyMs: number;
  run(): Promise<void>;
}

export interface SealingSettings {
  /** Host of the console, with its port where it has one. */
  host: string;
  secrets(): readonly string[];
  /** Read again for every checkpoint. @throws where the file cannot be used */
  policy(): Policy | null;
  checkpointFile: string | undefined;
  listTenants(): Promise<string[]>;
  /** Threads that a verification is done in. */
  openRunner(): SliceRunner & { close(): Promise<void> };
  /** Tells people what they must hear of at once. */
  raise(alarm: LogAlarm): Promise<void>;
}

const SEAL_EVERY_MS = 2 * SECOND_MS;
const PUBLISH_EVERY_MS = 5 * SECOND_MS;
const WATCH_EVERY_MS = MINUTE_MS;
const ASK_WHETHER_DUE_EVERY_MS = 5 * MINUTE_MS;
/** The same alarm is told again after so long. */
const REPEAT_ALARM_MS = HOUR_MS;

const problemOf = (alarm: PublisherAlarm) =>
  alarm.kind === 'forked'
    ? {
        code: 'tree_forked',
        source: alarm.standing.head.from,
        message: 'It knows another tree of this size.',
      }
    : { code: alarm.answer.problem, source: `witness ${alarm.witness}`, message: alarm.answer.message };

/** Operators of the home tenant answer for the installation. */
function createAlarms(raise: SealingSettings['raise']): (alarm: PublisherAlarm) => Promise<void> {
  const told = new Map<string, number>();
  return async (alarm) => {
    const { code, source, message } = problemOf(alarm);
    const key = `${code} ${source}`;
    if (Date.now() - (told.get(key) ?? 0) < REPEAT_ALARM_MS) return;
    told.set(key, Date.now());
    log().error({ code, source, message }, 'the log of the installation was refused');
    const actor = jobActor(DEFAULT_TENANT_ID, 'publish checkpoints');
    await inTenant(actor, (tx) =>
      recordAudit(tx, actor, {
        action: 'log.witness_refused',
        outcome: 'failure',
        code,
        target: { type: 'log', id: null, label: source },
        details: { source, message },
      }),
    );
    const isForked = alarm.kind === 'forked';
    await raise({
      tenantId: DEFAULT_TENANT_ID,
      code: isForked ? 'forked' : 'refused',
      sentence: `${source} does not vouch for the log of this installation: ${message}`,
      action: 'log.witness_refused',
    });
  };
}

/** The sequencer and the publisher of this process. */
export function sealingLoops(settings: SealingSettings): SystemLoop[] {
  const publisher = createPublisher({ ...settings, alarm: createAlarms(settings.raise) });
  const sequencer = createSequencer((tenantId) => openLog(tenantId, settings.host));
  let isStandingKnown = false;
  return [
    {
      name: 'seal the audit log',
      everyMs: SEAL_EVERY_MS,
      async run() {
        if (!isStandingKnown) await publisher.checkStanding();
        isStandingKnown = true;
        try {
          await sequencer.pass();
        } catch (error) {
          if (!(error instanceof ShrunkLogError)) throw error;
          log().warn({ err: error }, 'the database was restored while the worker ran');
          sequencer.forget();
          isStandingKnown = false;
        }
      },
    },
    { name: 'publish checkpoints of the audit log', everyMs: PUBLISH_EVERY_MS, run: () => publisher.round() },
    {
      name: 'watch the sealing of the audit log',
      everyMs: WATCH_EVERY_MS,
      run: createLagWatch(settings.listTenants, settings.raise),
    },
    {
      name: 'verify the audit log',
      everyMs: ASK_WHETHER_DUE_EVERY_MS,
      run: async () => void (await verifyDue(settings, DEFAULT_TENANT_ID)),
    },
  ];
}
