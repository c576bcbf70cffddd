import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { metricsRegistry } from './metrics';
import { countWebRequests, SURFACES, surfaceOf } from './web-metrics';

it('counts answers by surface, method and status, and never by path', async () => {
  countWebRequests();
  const server = createServer((request, response) => {
    response.writeHead(request.url === '/api/v1/keys' ? 503 : 200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  for (const [method, path] of [
    ['GET', '/api/v1/keys'],
    ['PATCH', '/keys/01930000-0000-7000-8000-000000000001?q=secret'],
    ['GET', '/_next/static/x.js'],
  ]) {
    await (await fetch(`http://127.0.0.1:${port}${path}`, { method })).arrayBuffer();
  }
  await new Promise((resolve) => server.close(resolve));
  const text = await metricsRegistry().metrics();
  expect(text).toContain('bulwark_web_requests_total{surface="api",method="GET",status="503"} 1');
  expect(text).toContain('bulwark_web_requests_total{surface="page",method="PATCH",status="200"} 1');
  expect(text).toContain('bulwark_web_request_seconds_count{surface="asset"} 1');
  expect(text).not.toMatch(/01930000|q=secret/);
});

it('knows every surface', () => {
  const paths = ['/api/auth/callback/x', '/api/openapi.json', '/_next/a', '/readyz', '/anything'];
  expect(new Set(paths.map(surfaceOf))).toEqual(new Set(SURFACES));
});
