import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { scanOnce } from '@/lib/assurance/scanners/runs/scan';
import { openPlace } from '@/lib/assurance/scanners/test/place';
import { newId } from '@/lib/platform/core/ids';
import { commandOf } from './binary';

const place = openPlace();
const TOKEN = 'registry-token-4711';
const hasNpm = await commandOf('npm-audit', place.settings()).then(
  () => true,
  () => false,
);
let isRefusing = false;
const asked: { path: string; authorization: string; body: string }[] = [];
const registry = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes;
  asked.push({
    path: request.url ?? '',
    authorization: request.headers.authorization ?? '',
    body: body.toString('utf8'),
  });
  const advisory = {
    id: 1,
    url: 'https://github.com/advisories/GHSA-aaaa-bbbb-cccc',
    title: 'Bad things',
    severity: 'high',
    vulnerable_versions: '<2.0.0',
    cwe: [],
    cvss: { score: 7.5, vectorString: null },
  };
  const versions = {
    '1.0.0': { name: 'left', version: '1.0.0' },
    '2.0.0': { name: 'left', version: '2.0.0' },
  };
  const answer = request.url?.endsWith('/bulk')
    ? { left: [advisory] }
    : { name: 'left', 'dist-tags': { latest: '2.0.0' }, versions };
  response.writeHead(isRefusing ? 403 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(isRefusing ? { error: 'no' } : answer));
});
beforeAll(async () => {
  registry.listen(0, '127.0.0.1');
  await once(registry, 'listening');
  const left = { version: '1.0.0', resolved: 'http://elsewhere.invalid/left-1.0.0.tgz' };
  place.write(
    'app/package.json',
    JSON.stringify({ name: 'app', version: '1.0.0', dependencies: { left: '1.0.0' } }),
  );
  place.write(
    'app/package-lock.json',
    JSON.stringify({
      name: 'app',
      version: '1.0.0',
      lockfileVersion: 3,
      packages: {
        '': { name: 'app', version: '1.0.0', dependencies: { left: '1.0.0' } },
        'node_modules/left': left,
      },
    }),
  );
  place.write('app/.npmrc', 'registry=http://127.0.0.1:9/stolen/\n');
});
beforeEach(() => asked.splice(0));
afterAll(() => {
  registry.close();
  place.close();
});

async function audit() {
  const { port } = registry.address() as AddressInfo;
  const lines: string[] = [];
  const text = await scanOnce(
    {
      runId: newId(),
      target: { scanner: 'npm-audit', kind: 'path', location: join(place.root, 'app'), branch: 'main' },
      settings: place.settings({
        SCAN_NPM_REGISTRY: `http://127.0.0.1:${port}/npm`,
        SCAN_NPM_TOKEN: TOKEN,
      }),
      allow: { hosts: [], cidrs: [] },
      onLine: (_, line) => lines.push(line),
      signal: new AbortController().signal,
    },
    async ({ report }) => {
      let all = '';
      for await (const chunk of report) all += Buffer.from(chunk).toString('utf8');
      return all;
    },
  );
  return { report: JSON.parse(text), lines };
}

describe.skipIf(!hasNpm)('npm audit with a registry of one’s own', () => {
  it('asks it with its token, whatever the repository says', async () => {
    const { report, lines } = await audit();
    expect(report.vulnerabilities.left).toMatchObject({ severity: 'high' });
    expect(asked[0]).toEqual({
      path: '/npm/-/npm/v1/security/advisories/bulk',
      authorization: `Bearer ${TOKEN}`,
      body: '{"left":["1.0.0"]}',
    });
    expect(asked.map(({ path }) => path).slice(1)).toEqual(['/npm/left']);
    expect(lines.join('\n')).not.toContain(TOKEN);
  }, 60_000);

  it('that refuses gives a report of the refusal, never a clean one', async () => {
    isRefusing = true;
    const { report } = await audit();
    expect(report.vulnerabilities).toBeUndefined();
    expect(JSON.stringify(report)).toContain('403');
  }, 60_000);
});

it('a registry’s address holds no name and password', () => {
  expect(() => place.settings({ SCAN_NPM_REGISTRY: 'https://me:pw@registry.example.org/' })).toThrow(
    'without a name and a password',
  );
  expect(() => place.settings({ SCAN_NPM_REGISTRY: 'file:///etc' })).toThrow('http(s)');
});
