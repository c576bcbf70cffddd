import { methodsOfPath } from '@/app/api/openapi.json/methods';
import { renewPoolsAfterDriverFaults } from '@/db/driver-fault';
import { watchGateRoutes } from '@/lib/access/gate-routes/queries';
import { startReportLoop } from '@/lib/access/secrets/own/report-loop';
import { watchChecklist } from '@/lib/assurance/checklist/definition-file';
import { getEnv } from '@/lib/platform/core/env/env';
import { installFrontDoor } from '@/lib/platform/core/http/front-door';
import { metricsRegistry } from '@/lib/platform/core/metrics/metrics';
import { webReadiness } from '@/lib/platform/core/metrics/readiness';
import { countWebRequests } from '@/lib/platform/core/metrics/web-metrics';
import { FileError } from '@/lib/platform/core/yaml-file';
import { consoleLimiter } from '@/lib/platform/rate-limit/console-limiter';
import { addLimiterMetrics } from '@/lib/platform/rate-limit/metrics';
import { composeRooms } from '@/lib/processes/compose';

/** A policy file that cannot be used ends the server as well; later versions of it only are reported. */
function openLimits(): void {
  try {
    consoleLimiter();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

/** A connection that could step around row-level security ends the server here, before its first request. */
export async function prepareServer(): Promise<void> {
  composeRooms();
  installFrontDoor({ methodsOf: methodsOfPath, isHttps: getEnv().isHttps });
  renewPoolsAfterDriverFaults();
  countWebRequests();
  openLimits();
  watchGateRoutes();
  watchChecklist();
  addLimiterMetrics(metricsRegistry(), () => consoleLimiter().state);
  const { reason, isFatal } = await webReadiness();
  if (!isFatal) {
    startReportLoop();
    return;
  }
  process.stderr.write(`${reason}\n`);
  process.exit(1);
}
