import type { JobActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { INSTALLATION_ID } from './rules';

/** Whoever reads and writes the log of the installation: no tenant's data is in it. */
export function installationActor(): JobActor {
  return {
    type: 'job',
    tenantId: INSTALLATION_ID,
    label: 'worker: log of the installation',
    request: { requestId: newId(), ip: null, userAgent: null, method: null, host: null, path: null },
  };
}
