import { useDatabase } from '@/db/connect';
import type { TestDatabase } from '@/db/test/template';
import { JOB_TYPES } from '@/lib/platform/jobs/contract';
import { createJobWorker, type JobHandlers } from '@/lib/platform/jobs/work';

/** For tests only: a process that takes jobs and never ends them, until it is killed. */
const urls: TestDatabase['urls'] = JSON.parse(process.argv[2] ?? '{}');
useDatabase({ app_rw: urls.rw, app_ro: urls.ro, app_gate: urls.gate });
const never = () => new Promise<void>(() => undefined);
const handlers: unknown = Object.fromEntries(Object.keys(JOB_TYPES).map((name) => [name, never]));
createJobWorker(handlers as JobHandlers, { pollSeconds: 0.5 }).start();
