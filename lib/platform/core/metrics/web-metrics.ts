import { channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Counter, Histogram } from 'prom-client';
import { getEnv } from '@/lib/platform/core/env/env';
import { AppError } from '@/lib/platform/core/errors';
import { problemResponse } from '@/lib/platform/core/http/http';
import { newId } from '@/lib/platform/core/ids';
import { metricsRegistry } from './metrics';
import { mayReadMetrics } from './metrics-access';

const SECONDS_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

export const SURFACES = ['api', 'sign_in', 'asset', 'probe', 'page'] as const;
export type Surface = (typeof SURFACES)[number];

/** The kind of a path; paths themselves would be labels without bound. */
export function surfaceOf(path: string): Surface {
  if (path.startsWith('/api/auth/')) return 'sign_in';
  if (path.startsWith('/api/')) return 'api';
  if (path.startsWith('/_next/')) return 'asset';
  return /^\/(healthz|readyz|metrics)$/.test(path) ? 'probe' : 'page';
}

interface Started {
  request: IncomingMessage;
  response: ServerResponse;
}

/** Counts every request that this process's HTTP server answers or loses. Called once, before the first one. */
export function countWebRequests(): void {
  const registers = [metricsRegistry()];
  const requests = new Counter({
    name: 'bulwark_web_requests_total',
    help: 'Requests answered, by surface, method and status; status 0 where the caller left before.',
    labelNames: ['surface', 'method', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'bulwark_web_request_seconds',
    help: 'From a request to the end of its answer, the record of it included.',
    labelNames: ['surface'],
    buckets: SECONDS_BUCKETS,
    registers,
  });
  channel('http.server.request.start').subscribe((message) => {
    const { request, response } = message as Started;
    const startedMs = performance.now();
    const surface = surfaceOf((request.url ?? '').split('?', 1)[0] ?? '');
    const method = METHODS.has(request.method ?? '') ? String(request.method) : 'other';
    response.once('close', () => {
      const status = response.writableFinished ? String(response.statusCode) : '0';
      requests.inc({ surface, method, status });
      seconds.observe({ surface }, (performance.now() - startedMs) / 1000);
    });
  });
}

/** GET /metrics of the console, which is open to the network: with METRICS_TOKEN, or in local mode. */
export async function webMetricsResponse(request: Request): Promise<Response> {
  const { mode, metricsToken } = getEnv();
  if (!mayReadMetrics(request.headers.get('authorization'), metricsToken, mode === 'local')) {
    return problemResponse(
      new AppError('unauthenticated', 'Send METRICS_TOKEN as a bearer token (docs/operating.md).'),
      newId(),
    );
  }
  const registry = metricsRegistry();
  const headers = { 'content-type': registry.contentType, 'cache-control': 'no-store' };
  return new Response(await registry.metrics(), { headers });
}
