import { deliverNewSecret, keyJobs, onKeyFirstUse } from '@/lib/access/api-keys/jobs';
import { readBackendHandler, secretJobs } from '@/lib/access/secrets/jobs';
import { REPORT_CHANNEL } from '@/lib/access/secrets/own/process-report';
import { onProcessReport } from '@/lib/access/secrets/own/store-report';
import { syncBan } from '@/lib/access/supabase/jobs';
import { checklistJobs, checklistRunHandler } from '@/lib/assurance/checklist/jobs';
import { uploadScan } from '@/lib/assurance/findings/import/upload-scan';
import { findingJobs, importQueuedScan } from '@/lib/assurance/findings/jobs';
import { repositorySecrets } from '@/lib/assurance/findings/read/repository-secrets';
import { runScannerHandler, scannerJobs } from '@/lib/assurance/scanners/jobs';
import { metricJobs } from '@/lib/insight/metrics/jobs';
import { reportJobs } from '@/lib/insight/reports/jobs';
import { auditLoop } from '@/lib/platform/audit/jobs';
import { HOUR_MS } from '@/lib/platform/core/clock';
import { getEnv, secretSources } from '@/lib/platform/core/env/env';
import { forgetOldAnswers } from '@/lib/platform/core/http/idempotency';
import { SELF_TEST_HEADER, signSelfTest } from '@/lib/platform/core/http/self-test';
import { readTextFile } from '@/lib/platform/core/yaml-file';
import type { TenantJob } from '@/lib/platform/jobs/contract';
import { listTenantIds } from '@/lib/platform/jobs/tenants';
import type { JobHandlers } from '@/lib/platform/jobs/work';
import { notificationJobs, onNotificationQueued } from '@/lib/platform/notifications/jobs';
import { parsePolicy } from '@/lib/platform/rate-limit/policy-file';
import { type SystemLoop, sealingLoops } from '@/lib/platform/sealing/jobs';
import { signingSecrets } from '@/lib/platform/sealing/publish/signing-keys';
import { readWitnessPolicy } from '@/lib/platform/sealing/publish/witness-policy';
import { conditionJob } from '@/lib/response/anomalies/conditions';
import { anomalyJobs } from '@/lib/response/anomalies/jobs';
import { raiseLogAlarm } from '@/lib/response/anomalies/raise-log-alarm';
import { detectionJobs, onEventsReceived } from '@/lib/response/detections/jobs';
import { blindSpots } from '@/lib/response/detections/sensors/blind-spots';
import { falcoSensors } from '@/lib/response/detections/sensors/checklist-source';
import { openSliceThreads } from './verify/slice-threads';

/** Everything the worker repeats. A room with jobs adds its list here. */
export const tenantJobs: TenantJob[] = [
  ...keyJobs,
  ...secretJobs({ repositorySecrets }),
  ...findingJobs,
  ...scannerJobs,
  ...notificationJobs,
  ...checklistJobs,
  ...metricJobs,
  ...anomalyJobs,
  ...detectionJobs,
  conditionJob([blindSpots]),
  ...reportJobs,
  { name: 'forget old idempotent answers', everyMs: HOUR_MS, run: forgetOldAnswers },
];

/** What the worker repeats for the installation as a whole. */
export function systemLoops(): SystemLoop[] {
  const { consoleUrl, logWitnessPolicyFile, logCheckpointFile } = getEnv();
  const sealing = sealingLoops({
    host: new URL(consoleUrl).host,
    secrets: signingSecrets,
    policy: () => readWitnessPolicy(logWitnessPolicyFile),
    checkpointFile: logCheckpointFile,
    listTenants: listTenantIds,
    // One thread: the worker has other things to do, and the night is long.
    openRunner: () => openSliceThreads(1),
    raise: raiseLogAlarm,
  });
  return [...sealing, auditLoop];
}

/** Postgres channels, and who hears their notices. */
export const notices: Record<string, (payload: string) => Promise<void>> = {
  events_received: onEventsReceived,
  key_first_use: onKeyFirstUse,
  notification_queued: onNotificationQueued,
  [REPORT_CHANNEL]: onProcessReport,
};

/** What checks learn from other rooms and from this process. */
function checkSources() {
  const { mode, consoleUrl, gateUrl, rateLimitFile, keyPepper } = getEnv();
  const rateLimits = () =>
    parsePolicy(readTextFile(rateLimitFile), rateLimitFile).rules.map(({ rule, line }) => ({
      name: rule.name,
      isShadow: rule.mode === 'shadow',
      line,
    }));
  const selfTest = (host: string): Record<string, string> =>
    keyPepper ? { [SELF_TEST_HEADER]: signSelfTest(keyPepper.value, host, Date.now()) } : {};
  return { mode, consoleUrl, gateUrl, secrets: secretSources, rateLimits, sensors: falcoSensors, selfTest };
}

/** Who does each type of job; a type without a handler does not compile. */
export const jobHandlers: JobHandlers = {
  'keys.deliver-rotation': deliverNewSecret,
  'supabase.sync-ban': syncBan,
  'checklist.run': checklistRunHandler(checkSources),
  'findings.import-scan': importQueuedScan,
  'scanners.run': runScannerHandler(uploadScan),
  'secrets.read-backend': readBackendHandler,
};
