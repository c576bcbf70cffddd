import { deliverNewSecret, keyJobs, onKeyFirstUse } from '@/lib/api-keys/jobs';
import { HOUR_MS } from '@/lib/core/clock';
import { forgetOldAnswers } from '@/lib/core/idempotency';
import { notificationJobs, onNotificationQueued } from '@/lib/notifications/jobs';
import { syncBan } from '@/lib/supabase/jobs';
import type { TenantJob } from './contract';
import type { JobHandlers } from './work';

/** Everything the worker repeats. A room with jobs adds its list here. */
export const tenantJobs: TenantJob[] = [
  ...keyJobs,
  ...notificationJobs,
  { name: 'forget old idempotent answers', everyMs: HOUR_MS, run: forgetOldAnswers },
];

/** Postgres channels, and who hears their notices. */
export const notices: Record<string, (payload: string) => Promise<void>> = {
  key_first_use: onKeyFirstUse,
  notification_queued: onNotificationQueued,
};

/** Who does each type of job; a type without a handler does not compile. */
export const jobHandlers: JobHandlers = {
  'keys.deliver-rotation': deliverNewSecret,
  'supabase.sync-ban': syncBan,
};
