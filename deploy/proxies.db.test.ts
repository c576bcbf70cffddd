import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GATE_CODES } from '@/lib/access/gate/codes';
import { freePort } from '@/lib/access/gate/test/gate-process';
import { type GateScene, openGateScene, untilReady } from '@/lib/access/gate/test/gate-scene';
import type { NewWorldKey, WorldKey } from '@/lib/access/gate/test/key-world';
import { testLimiter, testPolicy } from '@/lib/access/gate/test/policies';
import { SET_BY_PROXY, UNTRUSTED_HEADERS } from '@/lib/access/gate-routes/untrusted-headers';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { PROXIES } from './test/proxies';
import { ask, type Echo, findProgram, type RunningProxy, startEcho, talk } from './test/proxy-scene';

const ROUTES = `
- { name: pages, path: /app/**, access: authenticated, redirect: 'https://login.example.org/' }
- { name: write, path: /api/**, methods: [POST], access: { scopes: ['findings:write'] } }
- { name: api, path: ['/api/**', /socket], access: authenticated }
- { name: limited, path: /limited, access: public }
- { name: shop, path: /shop, methods: [PUT], access: authenticated, preflight: pass }
- { name: open, path: /open/**, access: public }
`;
const LIMITS = `
version: 1
limits:
  - { name: wide, at: gate, match: { paths: [/open/**] }, per: ip, windows: [{ quota: 100000, window: 1m }] }
  - { name: two, at: gate, match: { paths: [/limited] }, per: ip, windows: [{ quota: 2, window: 1m }] }
`;

/** Envoy adds the first address of its host to X-Forwarded-For, wherever it connects from. */
const ownAddresses = () =>
  Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).filter(({ family }) => family === 'IPv4').map(({ address }) => address),
  );

const found = PROXIES.map((proxy) => ({ ...proxy, path: findProgram(proxy.program) ?? '' }));

describe.each(found.filter(({ path }) => path === ''))('$name in front of a service', ({ program }) => {
  it.skipIf(true)(`is not tested: ${program} is not installed here`, () => undefined);
});

describe.each(found.filter(({ path }) => path !== ''))(
  '$name in front of a service',
  ({ name, path, start }) => {
    let scene: GateScene;
    let echo: Echo;
    let proxy: RunningProxy;
    let deadProxy: RunningProxy;
    let key: WorldKey;
    beforeAll(async () => {
      scene = await openGateScene({
        policy: testPolicy(ROUTES, ownAddresses().join(', ')),
        limiter: testLimiter(LIMITS),
        writeTimeoutMs: 800,
      });
      echo = await startEcho();
      proxy = await start(path, { port: await freePort(), gatePort: scene.port, servicePort: echo.port });
      deadProxy = await start(path, {
        port: await freePort(),
        gatePort: await freePort(),
        servicePort: echo.port,
      });
      key = await createKey();
    });
    afterAll(async () => {
      await proxy?.stop();
      await deadProxy?.stop();
      await echo?.close();
      await scene?.stop();
    });

    function createKey(more: Partial<NewWorldKey> = {}): Promise<WorldKey> {
      return scene.world.createKey({ tenantId: DEFAULT_TENANT_ID, scopes: ['findings:read'], ...more });
    }

    const withKey = (secret: string): [string, string][] => [['X-API-Key', secret]];

    /** The newest row of the record. */
    async function lastRow(): Promise<Record<string, unknown> | undefined> {
      const [row] = await scene.world.sql`select * from audit_event order by at desc limit 1`;
      return row;
    }

    it('passes on who asks, and nothing that the client said of itself', async () => {
      const forged: [string, string][] = [
        ['X-Auth-Subject', 'root'],
        ['X-Auth-Kind', 'key'],
        ['X-Auth-Scopes', 'everything'],
        ['X-Auth-Tenant', 'mine'],
        ['X-Auth-Key-Id', 'forged'],
        ['X-Key-Rotation', 'forged'],
        ['X-Forwarded-For', '6.6.6.6'],
      ];
      const { status, text } = await ask(proxy.port, '/api/orders?x=1', [...withKey(key.secret), ...forged]);
      expect(status).toBe(200);
      const { url, headers } = JSON.parse(text);
      expect(url).toBe('/api/orders?x=1');
      expect(headers).toMatchObject({
        'x-auth-subject': key.keyId,
        'x-auth-kind': 'key',
        'x-auth-tenant': DEFAULT_TENANT_ID,
        'x-auth-key-id': key.keyId,
        'x-auth-scopes': 'findings:read',
      });
      expect(headers['x-key-rotation'] ?? '').toBe('');
      expect(headers['x-api-key'] ?? '').toBe('');
      expect(await lastRow()).toMatchObject({
        code: 'VALID',
        path: '/api/orders',
        host: 'api.example.org',
        ip: '127.0.0.1',
      });
      const open = await ask(proxy.port, '/open/x', forged);
      expect(open.status).toBe(200);
      const anonymous = JSON.parse(open.text).headers;
      for (const header of [
        'x-auth-subject',
        'x-auth-tenant',
        'x-auth-key-id',
        'x-auth-scopes',
        'x-key-rotation',
      ])
        expect({ header, value: anonymous[header] ?? '' }).toEqual({ header, value: '' });
      expect(anonymous['x-auth-kind']).toBe('anonymous');
    });

    it('passes on nothing that only a proxy may say', async () => {
      const disguised = UNTRUSTED_HEADERS.map((header) => header.replaceAll('-', '_'));
      const names = [
        ...UNTRUSTED_HEADERS,
        ...SET_BY_PROXY,
        ...UNTRUSTED_HEADERS.map((one) => one.toLowerCase()),
      ];
      // In parts: together they are longer than what a proxy reads.
      for (let i = 0; i < names.length; i += 60) {
        const forged = names.slice(i, i + 60).map((one): [string, string] => [one, 'forged']);
        const { status, text } = await ask(proxy.port, '/open/x', forged);
        expect(status).toBe(200);
        expect(
          Object.entries(JSON.parse(text).headers).filter(([, value]) => /forged/.test(String(value))),
        ).toEqual([]);
      }
      for (const one of disguised) {
        const { status, text } = await ask(proxy.port, '/open/x', [[one, 'forged']]);
        // nginx and Envoy drop the header, the gate refuses what the others pass on.
        if (status === 200) expect([one, text]).toEqual([one, expect.not.stringContaining('forged')]);
        else expect([one, status]).toEqual([one, 403]);
      }
    });

    it('opens no tunnel: an upgrade to anything but websocket stays a request', async () => {
      const before = echo.seen.length;
      const h2c = (path: string) =>
        `GET ${path} HTTP/1.1\r\nHost: api.example.org\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n`;
      for (const path of ['/open/x', '/socket']) {
        const answer = await talk(proxy.port, [h2c(path)], '\r\n\r\n');
        expect(answer).not.toMatch(/^HTTP\/1\.1 101 /);
      }
      for (const headers of echo.seen.slice(before)) {
        expect(headers.upgrade ?? '').toBe('');
        expect(headers['http2-settings'] ?? '').toBe('');
      }
    });

    it('gives caller and service the id of the record, and the limits also where the service fails', async () => {
      const { headers, text } = await ask(proxy.port, '/open/x', [['X-Request-Id', 'forged']]);
      const seen = JSON.parse(text).headers['x-request-id'];
      expect(await lastRow()).toMatchObject({ request_id: seen });
      // Traefik passes headers of the gate on to the service only.
      if (name !== 'Traefik') expect(headers['x-request-id']).toBe(seen);
      const broken = await ask(proxy.port, '/open/broken');
      expect(broken.status).toBe(500);
      if (name !== 'Traefik') expect(broken.headers.ratelimit).toContain('"wide"');
    });

    it('keeps the sentence with which the gate refuses', async () => {
      const detail = async (path: string, headers: [string, string][] = []) => {
        const { text } = await ask(proxy.port, path, headers);
        const { detail: sentence, requestId } = JSON.parse(text);
        expect(await lastRow()).toMatchObject({ request_id: requestId });
        return sentence;
      };
      expect(await detail('/api/orders')).toBe(`${GATE_CODES.NO_CREDENTIAL}.`);
      expect(await detail('/elsewhere', withKey(key.secret))).toBe(`${GATE_CODES.ROUTE_DENIED}.`);
    });

    it('decides about the host that the service is told, with its port', async () => {
      const withPort = await talk(
        proxy.port,
        ['GET /open/x HTTP/1.1\r\nHost: api.example.org:8443\r\nConnection: close\r\n\r\n'],
        '"url"',
      );
      expect(withPort).toContain('"host":"api.example.org:8443"');
      const before = echo.seen.length;
      await talk(
        proxy.port,
        ['GET http://api.example.org/open/x HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n'],
        '\r\n\r\n',
      );
      const [seen] = echo.seen.slice(before);
      if (seen) expect((await lastRow())?.host).toBe(seen.host);
    });

    it('lets a CORS preflight through where the route says so, and nowhere else', async () => {
      const preflight = (path: string, announced: string) =>
        ask(
          proxy.port,
          path,
          [
            ['Origin', 'https://shop.example'],
            ['Access-Control-Request-Method', announced],
          ],
          'OPTIONS',
        );
      expect((await preflight('/shop', 'PUT')).status).toBe(200);
      expect(await lastRow()).toMatchObject({ code: 'VALID', method: 'OPTIONS', path: '/shop' });
      expect((await preflight('/shop', 'DELETE')).status).toBe(403);
      expect((await preflight('/api/orders', 'PUT')).status).toBe(401);
      expect((await ask(proxy.port, '/shop', [], 'PUT')).status).toBe(401);
      expect((await ask(proxy.port, '/shop', [], 'OPTIONS')).status).toBe(403);
    });

    it('answers 401, 403 and 429 itself, and the service sees nothing', async () => {
      const before = echo.seen.length;
      const none = await ask(proxy.port, '/api/orders');
      expect(none).toMatchObject({ status: 401, headers: { 'x-auth-code': 'NO_CREDENTIAL' } });
      expect(none.headers['www-authenticate']).toContain('Bearer');
      const revoked = await createKey({ state: 'revoked' });
      expect((await ask(proxy.port, '/api/orders', withKey(revoked.secret))).status).toBe(401);
      const scope = await ask(proxy.port, '/api/orders', withKey(key.secret), 'POST', 'x'.repeat(100_000));
      expect(scope).toMatchObject({ status: 403, headers: { 'x-auth-code': 'INSUFFICIENT_SCOPE' } });
      expect((await ask(proxy.port, '/elsewhere', withKey(key.secret))).status).toBe(403);
      expect(echo.seen.length).toBe(before);
      for (let i = 0; i < 2; i++) expect((await ask(proxy.port, '/limited')).status).toBe(200);
      const limited = await ask(proxy.port, '/limited');
      expect(limited).toMatchObject({ status: 429, headers: { 'x-auth-code': 'RATE_LIMITED' } });
      expect(Number(limited.headers['retry-after'])).toBeGreaterThan(0);
      expect(limited.headers.ratelimit).toContain('"two";r=0');
      expect(echo.seen.length).toBe(before + 2);
    });

    it('lets nobody reach by another spelling what is guarded', async () => {
      const before = echo.seen.length;
      const spellings = [
        '/open/..%2fapi',
        '/open;x/y',
        '/open/%5c..%5capi',
        '/api/%2e%2e/open/x',
        '//open/x',
      ];
      for (const path of [...spellings, '/open/%2e%2e/api/orders', '/open/../api/orders']) {
        const { status, text } = await ask(proxy.port, path);
        if (name !== 'Traefik') expect({ path, status }).toEqual({ path, status: 403 });
        else if (status !== 200) expect([400, 401, 403]).toContain(status);
        // Traefik tidies up for itself: the gate decides about the very path that the service gets.
        else expect((await lastRow())?.path).toBe(JSON.parse(text).url);
        if (status === 200) expect(JSON.parse(text).url).toMatch(/^\/open\/\w+$/);
      }
      if (name !== 'Traefik') expect(echo.seen.length).toBe(before);
    });

    it('refuses a key from the moment it is revoked', async () => {
      const short = await createKey();
      expect((await ask(proxy.port, '/api/x', withKey(short.secret))).status).toBe(200);
      await scene.world.revokeKey(short);
      expect((await ask(proxy.port, '/api/x', withKey(short.secret))).status).toBe(401);
    });

    it('sends a browser to the sign-in page', async () => {
      const browser = await ask(proxy.port, '/app/reports?week=47', [['Accept', 'text/html']]);
      expect(browser.status).toBe(302);
      const location = new URL(String(browser.headers.location));
      expect(location.host).toBe('login.example.org');
      expect(location.searchParams.get('return_to')).toMatch(
        /^https?:\/\/api\.example\.org\/app\/reports\?week=47$/,
      );
    });

    it('is closed while nothing can be recorded, and while the gate is down', async () => {
      const before = echo.seen.length;
      const unrecorded = await scene.world.sql.begin(async (tx) => {
        await tx`lock table audit_event in exclusive mode`;
        return ask(proxy.port, '/api/orders', withKey(key.secret));
      });
      expect(unrecorded.status).toBe(503);
      // Envoy takes every 5xx for an error of the gate, and answers for itself.
      if (name !== 'Envoy') expect(Number(unrecorded.headers['retry-after'])).toBeGreaterThan(0);
      await untilReady(scene.port);
      const dead = await ask(deadProxy.port, '/open/x', withKey(key.secret));
      expect(dead.status).toBeGreaterThanOrEqual(500);
      if (name !== 'Traefik') expect(dead.status).toBe(503);
      expect(echo.seen.length).toBe(before);
      expect((await ask(proxy.port, '/api/orders', withKey(key.secret))).status).toBe(200);
    });

    it('leaves the service’s own errors alone', async () => {
      expect((await ask(proxy.port, '/api/broken', withKey(key.secret))).status).toBe(500);
    });

    it('lets a websocket through once it was let in', async () => {
      const upgrade = (secret: string) =>
        `GET /socket HTTP/1.1\r\nHost: api.example.org\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-API-Key: ${secret}\r\n\r\n`;
      const opened = await talk(
        proxy.port,
        [upgrade(key.secret), '', 'hello over the socket'],
        'hello over the socket',
        100,
      );
      expect(opened).toMatch(/^HTTP\/1\.1 101 /);
      expect(opened).toContain('hello over the socket');
      expect(await talk(proxy.port, [upgrade('wrong')], '\r\n\r\n')).toMatch(/^HTTP\/1\.1 401 /);
    });

    it('copes with 1,000 headers and with a client that sends one piece at a time', async () => {
      const many = Array.from({ length: 1_000 }, (_, i): [string, string] => [`X-N-${i}`, 'v']);
      const { status } = await ask(proxy.port, '/api/x', [...withKey(key.secret), ...many]);
      expect([200, 400, 431]).toContain(status);
      const head = `GET /api/slow HTTP/1.1\r\nHost: api.example.org\r\nConnection: close\r\nX-API-Key: ${key.secret}\r\n\r\n`;
      const pieces = head.match(/[\s\S]{1,40}/g) ?? [];
      expect(await talk(proxy.port, pieces, '/api/slow', 30)).toMatch(/^HTTP\/1\.1 200 /);
    });
  },
);
