import { once } from 'node:events';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import {
  CHECK_KINDS,
  type CheckKind,
  type ParametersOf,
  type ScopeOf,
} from '@/lib/assurance/checklist/check-kinds';
import { openAuthority } from '@/lib/assurance/checklist/test/certificates';
import { DAY_MS } from '@/lib/platform/core/clock';
import { secretSourcesOf } from '@/lib/platform/core/env/env-secrets';
import type { CheckContext, CheckSources } from './check';
import { checkFirewall, judgePorts } from './firewall';
import { checkHttp } from './http';
import { checkRateLimit } from './rate-limit';
import { checkSecrets, plainSecretsIn } from './secrets';
import { checkTls } from './tls';

const sources: CheckSources = {
  mode: 'production',
  consoleUrl: 'http://localhost:4900',
  gateUrl: 'http://127.0.0.1:4901',
  secrets: () => [],
  selfTest: (host) => ({ 'x-bulwark-self-test': `mark of ${host}` }),
  rateLimits: () => [{ name: 'gate', isShadow: false, line: 3 }],
};

function contextOf<K extends CheckKind>(
  kind: K,
  scope: unknown,
  parameters: unknown,
  more: Partial<CheckSources> = {},
): CheckContext<K> {
  return {
    tenantId: '',
    scope: CHECK_KINDS[kind].scope.parse(scope) as ScopeOf<K>,
    parameters: CHECK_KINDS[kind].parameters.parse(parameters) as ParametersOf<K>,
    nowMs: Date.now(),
    signal: new AbortController().signal,
    read: () => Promise.reject(new Error('this check reads no row')),
    sources: { ...sources, ...more },
  };
}

const open: Server[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) {
    server.close();
    if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function')
      server.closeAllConnections();
  }
});

async function listen(server: Server): Promise<number> {
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const answerWith = (handle: (request: IncomingMessage, response: ServerResponse) => void) =>
  listen(createHttpServer(handle));

describe('the TLS check', () => {
  const authority = openAuthority();
  const serve = (options: TlsOptions) =>
    listen(createTlsServer(options, (socket) => socket.end()).on('tlsClientError', () => undefined));
  const look = (port: number, more: object = {}) =>
    checkTls(contextOf('tls', { hosts: [`localhost:${port}`] }, { caFile: authority?.caFile, ...more }));

  it.skipIf(!authority)('fails for an expired certificate, and passes once it is renewed', async () => {
    const expired = await look(await serve({ ...authority?.issue('localhost', -30, -1) }));
    expect(expired).toMatchObject({ outcome: 'fail', scopeExpected: 1, scopeCovered: 1 });
    expect(expired.summary).toMatch(/^localhost:\d+: the certificate expired on \d{4}-\d\d-\d\d$/);
    const renewed = await look(await serve({ ...authority?.issue('localhost', -1, 90) }));
    expect(renewed.outcome).toBe('pass');
    expect(renewed.observations[0]?.detail).toMatch(/TLSv1\.3$/);
  });

  it.skipIf(!authority)('tells the name, the chain, the near end and old versions apart', async () => {
    const good = authority?.issue('localhost', -1, 90);
    const detailOf = async (result: ReturnType<typeof look>) => {
      const { outcome, observations } = await result;
      return `${outcome}: ${observations[0]?.detail}`;
    };
    expect(await detailOf(look(await serve({ ...authority?.issue('other.example', -1, 90) })))).toBe(
      'fail: the certificate is for another name',
    );
    expect(await detailOf(look(await serve({ ...good }), { caFile: undefined }))).toMatch(
      /^fail: the certificate is signed by an unknown authority/,
    );
    expect(await detailOf(look(await serve({ ...authority?.issue('localhost', 1, 90) })))).toMatch(
      /^fail: the certificate is valid only from/,
    );
    expect(await detailOf(look(await serve({ ...authority?.issue('localhost', -1, 5.5) })))).toMatch(
      /^fail: the certificate expires in 5 days/,
    );
    expect(await detailOf(look(await serve({ ...authority?.issue('localhost', -1, 15.5) })))).toMatch(
      /^warn: the certificate expires in 15 days/,
    );
    const old = await serve({ ...good, minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' });
    expect(await detailOf(look(old))).toBe('fail: it still accepts TLS 1.1 or older');
  });

  it('does not pass what it could not see', async () => {
    const plain = await listen(createTcpServer((socket) => socket.end('hello')));
    const result = await look(plain, { caFile: undefined });
    expect(result).toMatchObject({ outcome: 'error', scopeExpected: 1, scopeCovered: 0 });
    expect((await checkTls(contextOf('tls', undefined, undefined))).outcome).toBe('not_available');
  });
});

describe('the firewall check', () => {
  it('fails for a port that should be closed, and passes once it is', async () => {
    const declared = await listen(createTcpServer());
    const leak = createTcpServer();
    const port = await listen(leak);
    const look = () =>
      checkFirewall(
        contextOf(
          'firewall',
          { hosts: [{ host: '127.0.0.1', open: [declared] }] },
          { alsoProbe: [port], timeout: '1s' },
        ),
      );
    const found = (await look()).observations.map(({ resource, outcome }) => `${outcome} ${resource}`);
    expect(found).toContain(`fail 127.0.0.1:${port}`);
    expect(found).not.toContain(`fail 127.0.0.1:${declared}`);
    leak.close();
    await once(leak, 'close');
    const after = (await look()).observations.map(({ resource, outcome }) => `${outcome} ${resource}`);
    expect(after).not.toContain(`fail 127.0.0.1:${port}`);
  });

  it('warns of a declared port that refuses, and takes silence for no answer', () => {
    expect(
      judgePorts(
        'db',
        [22],
        new Map([
          [22, 'refused'],
          [80, 'silent'],
        ]),
      ),
    ).toMatchObject([{ resource: 'db:22', outcome: 'warn' }]);
    expect(
      judgePorts(
        'db',
        [22],
        new Map([
          [22, 'silent'],
          [80, 'silent'],
        ]),
      ),
    ).toMatchObject([{ resource: 'db', outcome: 'error' }]);
    expect(
      judgePorts(
        'db',
        [22],
        new Map([
          [22, 'open'],
          [80, 'refused'],
        ]),
      ),
    ).toMatchObject([{ outcome: 'pass' }]);
    expect(judgePorts('db', [], new Map([[22, 'silent']]))).toMatchObject([{ outcome: 'pass' }]);
  });

  it('does not pass a host that it cannot find, or an empty declaration', async () => {
    const lost = await checkFirewall(
      contextOf('firewall', { hosts: [{ host: 'no-such-host.invalid', open: [443] }] }, undefined),
    );
    expect(lost).toMatchObject({ outcome: 'error', scopeCovered: 0 });
    expect((await checkFirewall(contextOf('firewall', undefined, undefined))).outcome).toBe('not_available');
  });
});

describe('the secrets check', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-secrets-'));
  const fileOf = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const look = (variables: Record<string, string>, mode: 'local' | 'production', files: string[] = []) =>
    checkSecrets(
      contextOf('secrets', { files }, undefined, { mode, secrets: () => secretSourcesOf(variables) }),
    );

  it('wants every secret from a file that others cannot read', async () => {
    const path = fileOf('pepper', 'x');
    expect(await look({ KEY_PEPPER_FILE: path, PORT: '1' }, 'production')).toMatchObject({
      outcome: 'pass',
      scopeCovered: 1,
    });
    chmodSync(path, 0o644);
    expect((await look({ KEY_PEPPER_FILE: path }, 'production')).outcome).toBe('warn');
    const plain = await look(
      { KEY_PEPPER: 'hunter2-hunter2', OIDC_ACME_CLIENT_SECRET: 's3cret' },
      'production',
    );
    expect(plain).toMatchObject({ outcome: 'fail', scopeCovered: 2 });
    expect(JSON.stringify(plain)).not.toMatch(/hunter2|s3cret/);
    expect((await look({ KEY_PEPPER: 'hunter2' }, 'local')).outcome).toBe('warn');
    expect((await look({}, 'production')).outcome).toBe('not_available');
  });

  it('finds secrets that are written out in environment files, and never shows them', async () => {
    const path = fileOf(
      '.env',
      '# TOKEN=a\nAPI_TOKEN=abc123\nDB=postgres://u:pw@host/db\nAPI_KEY_FILE=/run/secrets/k\nPASSWORD=$FROM_VAULT\nSECRET="vault:kv/x"\nPORT=3000\n',
    );
    const result = await look({}, 'production', [path, join(folder, 'absent')]);
    expect(
      result.observations.map(({ resource, outcome }) => [resource.slice(folder.length), outcome]),
    ).toEqual([
      ['/.env:2', 'fail'],
      ['/.env:3', 'fail'],
      ['/absent', 'pass'],
    ]);
    expect(JSON.stringify(result)).not.toMatch(/abc123|u:pw/);
    expect(plainSecretsIn("export GH_TOKEN='ghp_x' \nEMPTY_TOKEN=\nTOKEN=   # none")).toEqual([
      { name: 'GH_TOKEN', line: 1, why: 'the name says so' },
    ]);
  });
});

describe('the rate limit check', () => {
  const gateThat = (limitAfter: number, status = 200) => {
    let asked = 0;
    return answerWith((request, response) => {
      if (request.url !== '/readyz') asked += 1;
      response.writeHead(request.url !== '/readyz' && asked > limitAfter ? 429 : status).end();
    });
  };
  const look = async (port: number, more: Partial<CheckSources> = {}) =>
    checkRateLimit(
      contextOf('rate_limit', undefined, undefined, { gateUrl: `http://127.0.0.1:${port}`, ...more }),
    );

  it('marks what it sends as a test, at the gate and at an address of its own', async () => {
    const marks: unknown[] = [];
    const port = await answerWith((request, response) => {
      if (request.url !== '/readyz') marks.push(request.headers['x-bulwark-self-test']);
      response.writeHead(request.url === '/readyz' ? 200 : 429).end();
    });
    await look(port);
    const parameters = { probe: { url: `http://127.0.0.1:${port}/login` } };
    await checkRateLimit(
      contextOf('rate_limit', undefined, parameters, { gateUrl: `http://127.0.0.1:${port}` }),
    );
    await checkHttp(contextOf('http', { urls: [`http://127.0.0.1:${port}/a`] }, undefined));
    expect(marks).toEqual([
      'mark of limit-self-test.invalid',
      `mark of 127.0.0.1:${port}`,
      `mark of 127.0.0.1:${port}`,
    ]);
  });

  it('passes only when a probe is refused', async () => {
    expect((await look(await gateThat(5))).outcome).toBe('pass');
    const endless = await look(await gateThat(1000));
    expect(endless).toMatchObject({ outcome: 'fail' });
    expect(endless.summary).toMatch(/30 requests in a row were answered 200, none with 429/);
  });

  it('fails where the gate is away or the policy enforces nothing', async () => {
    expect((await look(4999)).outcome).toBe('fail');
    expect(
      (await look(await gateThat(5), { rateLimits: () => [{ name: 'a', isShadow: true, line: 1 }] })).outcome,
    ).toBe('fail');
    const broken = () => {
      throw new Error('rate-limit.yaml:3:1: must be 1');
    };
    expect((await look(await gateThat(5), { rateLimits: broken })).summary).toContain('rate-limit.yaml:3:1');
    const shadow = () => [
      { name: 'a', isShadow: true, line: 1 },
      { name: 'b', isShadow: false, line: 9 },
    ];
    expect((await look(await gateThat(5), { rateLimits: shadow })).outcome).toBe('warn');
  });
});

describe('the HTTP check', () => {
  it('compares status, header and body, and follows no redirect', async () => {
    const port = await answerWith((request, response) => {
      if (request.url === '/away') response.writeHead(302, { location: '/' }).end();
      else response.writeHead(200, { 'strict-transport-security': 'max-age=63072000' }).end('all is well');
    });
    const look = async (path: string, parameters: object) =>
      (await checkHttp(contextOf('http', { urls: [`http://127.0.0.1:${port}${path}`] }, parameters)))
        .observations[0];
    expect(
      await look('/', {
        header: { name: 'Strict-Transport-Security', contains: 'max-age=' },
        contains: 'well',
      }),
    ).toMatchObject({ outcome: 'pass' });
    expect(await look('/', { lacks: 'well' })).toMatchObject({
      outcome: 'fail',
      detail: 'the body contains "well"',
    });
    expect(await look('/', { header: { name: 'x-frame-options', contains: 'DENY' } })).toMatchObject({
      outcome: 'fail',
    });
    expect(await look('/away', {})).toMatchObject({ outcome: 'fail', detail: 'answers 302; expected 200' });
    const gone = await checkHttp(contextOf('http', { urls: ['http://127.0.0.1:4998/'] }, {}));
    expect(gone).toMatchObject({ outcome: 'error', scopeCovered: 0 });
  });
});

it('warns a week and three weeks ahead by default', () => {
  expect(CHECK_KINDS.tls.parameters.parse(undefined)).toEqual({
    failWithin: 7 * DAY_MS,
    warnWithin: 21 * DAY_MS,
  });
});
