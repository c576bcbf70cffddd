import { whileAnswered } from '@/db/connect';
import { SECOND_MS } from '@/lib/platform/core/clock';
import { log } from '@/lib/platform/core/log';
import { ownReport, REPORT_CHANNEL } from './process-report';

/** A process that has not been heard of for three of these is not running. */
export const REPORT_EVERY_MS = 30 * SECOND_MS;

async function sendReport(): Promise<void> {
  const message = await ownReport();
  if (message === null) return;
  await whileAnswered('app_rw', ({ sql }) => sql`select pg_notify(${REPORT_CHANNEL}, ${message})`);
}

export interface ReportLoop {
  /** Says it now: a secret was loaded anew. */
  now(): void;
  stop(): void;
}

/**
 * Says again and again which secrets this process has loaded, so that a rotation knows when all use the new one.
 * @param send how the message reaches Postgres, where that is not the pool of app_rw
 */
export function startReportLoop(send: () => Promise<void> = sendReport): ReportLoop {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const say = () => {
    clearTimeout(timer);
    send()
      .catch((err: unknown) => log().debug({ err }, 'the loaded secrets could not be reported'))
      .finally(() => {
        if (isStopped) return;
        timer = setTimeout(say, REPORT_EVERY_MS);
        timer.unref();
      });
  };
  say();
  return {
    now: say,
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
