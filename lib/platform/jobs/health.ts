import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Registry } from 'prom-client';
import { getEnv } from '@/lib/platform/core/env/env';
import { log } from '@/lib/platform/core/log';
import { mayReadMetrics } from '@/lib/platform/core/metrics/metrics-access';
import { refusedFiles } from '@/lib/platform/core/watched-files';
import type { LoopState } from './run';

/** A job counts as well while its last success is younger than three intervals, or than this. */
const LATE_MIN_MS = 30_000;

function isFresh(job: LoopState, nowMs: number): boolean {
  if (job.lastSuccessAt === null) return false;
  return nowMs - job.lastSuccessAt.getTime() < Math.max(LATE_MIN_MS, 3 * job.everyMs);
}

async function sendMetrics(response: ServerResponse, registry: Registry): Promise<void> {
  try {
    const text = await registry.metrics();
    response.writeHead(200, { 'content-type': registry.contentType, 'cache-control': 'no-store' }).end(text);
  } catch (err) {
    log().error({ err }, 'the metrics could not be read');
    response.writeHead(500).end();
  }
}

/**
 * `/healthz`: the process answers. `/readyz`: every job succeeded lately; else 503 with the jobs that did not.
 * `/metrics`: for Prometheus.
 */
export function createHealthServer(jobs: () => LoopState[], registry: Registry): Server {
  return createServer((request, response) => {
    const path = request.url?.split('?')[0];
    const states = jobs().map((job) => ({ ...job, fresh: isFresh(job, Date.now()) }));
    const isReady = states.every((job) => job.fresh);
    const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
    if (path === '/healthz') {
      response.writeHead(200, headers).end(JSON.stringify({ status: 'ok' }));
    } else if (path === '/readyz') {
      response
        .writeHead(isReady ? 200 : 503, headers)
        .end(JSON.stringify({ ready: isReady, jobs: states, refusedFiles: refusedFiles() }));
    } else if (path === '/metrics') {
      if (mayReadMetrics(request.headers.authorization, getEnv().metricsToken, true))
        void sendMetrics(response, registry);
      else response.writeHead(401, { ...headers, 'www-authenticate': 'Bearer realm="bulwark"' }).end('{}');
    } else {
      response.writeHead(404, headers).end(JSON.stringify({ status: 'not found' }));
    }
  });
}
