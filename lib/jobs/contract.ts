import type { JobActor } from '@/lib/auth/contract';
import { newId } from '@/lib/core/ids';

/** Work that the worker repeats for every tenant. It must be idempotent: two workers may run it at once. */
export interface TenantJob {
  name: string;
  everyMs: number;
  run(actor: JobActor): Promise<void>;
}

/** How a job is named in the log: `worker: <job>`. */
export function jobActor(tenantId: string, job: string): JobActor {
  return {
    type: 'job',
    tenantId,
    label: `worker: ${job}`,
    request: { requestId: newId(), ip: null, userAgent: null, method: null, host: null, path: null },
  };
}
