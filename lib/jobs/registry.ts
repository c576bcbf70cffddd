import { anomalyJobs } from '@/lib/anomalies/jobs';
import { deliverNewSecret, keyJobs, onKeyFirstUse } from '@/lib/api-keys/jobs';
import { checklistJobs, checklistRunHandler } from '@/lib/checklist/jobs';
import { HOUR_MS } from '@/lib/core/clock';
import { getEnv, secretSources } from '@/lib/core/env';
import { forgetOldAnswers } from '@/lib/core/idempotency';
import { readTextFile } from '@/lib/core/yaml-file';
import { findingJobs, importQueuedScan } from '@/lib/findings/jobs';
import { uploadScan } from '@/lib/findings/upload-scan';
import { metricJobs } from '@/lib/metrics/jobs';
import { notificationJobs, onNotificationQueued } from '@/lib/notifications/jobs';
import { parsePolicy } from '@/lib/rate-limit/policy-file';
import { reportJobs } from '@/lib/reports/jobs';
import { runScannerHandler, scannerJobs } from '@/lib/scanners/jobs';
import { syncBan } from '@/lib/supabase/jobs';
import type { TenantJob } from './contract';
import type { JobHandlers } from './work';

/** Everything the worker repeats. A room with jobs adds its list here. */
export const tenantJobs: TenantJob[] = [
  ...keyJobs,
  ...findingJobs,
  ...scannerJobs,
  ...notificationJobs,
  ...checklistJobs,
  ...metricJobs,
  ...anomalyJobs,
  ...reportJobs,
  { name: 'forget old idempotent answers', everyMs: HOUR_MS, run: forgetOldAnswers },
];

/** Postgres channels, and who hears their notices. */
export const notices: Record<string, (payload: string) => Promise<void>> = {
  key_first_use: onKeyFirstUse,
  notification_queued: onNotificationQueued,
};

/** What checks learn from other rooms and from this process. */
function checkSources() {
  const { mode, consoleUrl, gateUrl, rateLimitFile } = getEnv();
  const rateLimits = () =>
    parsePolicy(readTextFile(rateLimitFile), rateLimitFile).rules.map(({ rule, line }) => ({
      name: rule.name,
      isShadow: rule.mode === 'shadow',
      line,
    }));
  return { mode, consoleUrl, gateUrl, secrets: secretSources, rateLimits };
}

/** Who does each type of job; a type without a handler does not compile. */
export const jobHandlers: JobHandlers = {
  'keys.deliver-rotation': deliverNewSecret,
  'supabase.sync-ban': syncBan,
  'checklist.run': checklistRunHandler(checkSources),
  'findings.import-scan': importQueuedScan,
  'scanners.run': runScannerHandler(uploadScan),
};
