import { once } from 'node:events';
import { setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { closePools, poolOf } from '@/db/connect';
import { surviveDriverFaults } from '@/db/driver-fault';
import { translateDatabaseError } from '@/db/errors';
import { assertSafeDatabase, UnsafeDatabaseError } from '@/db/startup-check';
import { startReportLoop } from '@/lib/access/secrets/own/report-loop';
import { EnvError, getEnv } from '@/lib/platform/core/env/env';
import { isAppError } from '@/lib/platform/core/errors';
import { log } from '@/lib/platform/core/log';
import { metricsRegistry } from '@/lib/platform/core/metrics/metrics';
import { createBacklogReader } from '@/lib/platform/jobs/backlog';
import { createHealthServer } from '@/lib/platform/jobs/health';
import { createListener } from '@/lib/platform/jobs/listener';
import { addWorkerMetrics } from '@/lib/platform/jobs/metrics';
import { createLoop, type Loop } from '@/lib/platform/jobs/run';
import { runForTenants } from '@/lib/platform/jobs/tenants';
import { createJobWorker } from '@/lib/platform/jobs/work';
import { closeConsoleLimiter } from '@/lib/platform/rate-limit/console-limiter';
import { jobHandlers, notices, systemLoops, tenantJobs } from './job-registry';

const RETRY_MS = 2_000;
const LISTEN_CHECK_MS = 4_000;

/** Waits for a database that is not there yet; an unsafe one is refused at once. */
async function waitForSafeDatabase(): Promise<void> {
  for (;;) {
    try {
      return await assertSafeDatabase(poolOf('app_rw').sql, 'app_rw');
    } catch (error) {
      const known = translateDatabaseError(error);
      if (!isAppError(known) || known.code !== 'unavailable') throw error;
      log().warn({ retryInMs: RETRY_MS }, known.message);
      await sleep(RETRY_MS);
    }
  }
}

/** As `nice` counts: 0 is normal, 19 the lowest. At 10, promotions of keys came minutes late on a busy machine. */
const PRIORITY = 5;

function startListeners(wakeJobs: () => void): { loops: Loop[]; stop(): Promise<unknown> } {
  const listeners = Object.entries(notices).map(([channel, handle]) => {
    const onMessage = (payload: string) => {
      handle(payload).catch((err: unknown) => log().error({ err, channel }, 'a notice could not be handled'));
    };
    return { channel, listener: createListener(channel, onMessage, { onListen: wakeJobs }) };
  });
  const loops = listeners.map(({ channel, listener }) =>
    createLoop(`listen to ${channel}`, LISTEN_CHECK_MS, () => listener.check()),
  );
  return { loops, stop: () => Promise.all(listeners.map(({ listener }) => listener.stop())) };
}

async function main(): Promise<void> {
  const { host, workerPort } = getEnv();
  surviveDriverFaults(log());
  // Whoever waits at a screen or at the gate comes first where all share a few cores.
  setPriority(PRIORITY);
  await waitForSafeDatabase();
  const jobs = tenantJobs.map((job) => createLoop(job.name, job.everyMs, () => runForTenants(job)));
  const listeners = startListeners(() => {
    for (const job of jobs) job.wake();
  });
  const system = systemLoops().map((loop) => createLoop(loop.name, loop.everyMs, loop.run));
  const loops = [...jobs, ...system, ...listeners.loops];
  const queues = createJobWorker(jobHandlers);
  const states = () => [...loops, queues].map((loop) => loop.state());
  const registry = metricsRegistry();
  addWorkerMetrics(registry, states, createBacklogReader());
  const server = createHealthServer(states, registry);
  server.listen(workerPort, host);
  await once(server, 'listening');
  for (const loop of loops) loop.start();
  queues.start();
  const report = startReportLoop();
  log().info({ host, port: workerPort, jobs: loops.length }, 'the worker is running');

  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  report.stop();
  server.close();
  await Promise.all([...loops.map((loop) => loop.stop()), queues.stop()]);
  await listeners.stop();
  await closeConsoleLimiter();
  await closePools();
  log().info('the worker has stopped');
}

function sentenceOf(error: unknown, port: string): string {
  if (error instanceof EnvError || error instanceof UnsafeDatabaseError) return error.message;
  if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
    return `Port ${port} of the worker is in use. Stop the process that uses it, or set WORKER_PORT.`;
  }
  return `The worker could not start: ${error instanceof Error ? error.message : String(error)}`;
}

try {
  await main();
} catch (error) {
  const port = error instanceof EnvError ? '' : String(getEnv().workerPort);
  process.stderr.write(`${sentenceOf(error, port)}\n`);
  process.exitCode = 1;
  await closePools();
}
