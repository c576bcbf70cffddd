import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cliActorOf } from './command';
import { routesCheck } from './routes';

const folder = mkdtempSync(join(tmpdir(), 'bulwark-routes-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function check(text: string, values = {}) {
  const file = join(folder, 'gate.yaml');
  writeFileSync(file, text);
  const run = { values, positionals: [file], actor: cliActorOf(), out: () => undefined };
  const { isOk, lines } = await routesCheck.run(run);
  return { isOk, lines: lines.map((line) => line.replace(folder, '')) };
}

const good = `version: 1
trustedProxies: [10.0.0.0/8]
routes:
  - { name: health, methods: [GET], path: /healthz, access: public }
  - { name: write, host: api.example.org, methods: [POST], path: /orders/**, access: { scopes: [orders:write] }, preflight: pass }
  - { name: Caps, path: /Admin, access: authenticated }
`.replace('Caps', 'caps');
const SUMMARY = '/gate.yaml is valid: 3 routes, 1 trusted proxies.';

describe('bulwark routes check', () => {
  it('accepts a good file', async () => {
    expect(await check(good)).toEqual({ isOk: true, lines: [SUMMARY] });
  });

  it('says which route decides, and what it asks for', async () => {
    const { lines } = await check(good, {
      method: 'post',
      host: 'API.example.org:443',
      path: '/orders/17?x=1',
    });
    expect(lines).toEqual([
      SUMMARY,
      'Route write (line 5) decides.',
      '  access   a credential with orders:write',
      '  accepts  A key as X-API-Key',
      '  accepts  A key as Proxy-Authorization: Bearer',
      expect.stringMatching(/^ {2}tenant {3}[0-9a-f-]{36}$/),
      '  CORS preflights reach the service without a credential',
    ]);
  });

  it.each([
    [{ host: 'api.example.org', path: '/orders/17' }, 'ROUTE_DENIED'],
    [{ host: 'api.example.org', path: '/orders/../healthz' }, 'AMBIGUOUS_PATH'],
    [{ host: 'two hosts', path: '/healthz' }, 'AMBIGUOUS_REQUEST'],
  ])('says why %o is refused', async (values, code) => {
    const { lines } = await check(good, values);
    expect(lines[1]).toContain(code);
  });

  it('fails for a bad file, naming the line', async () => {
    const { isOk, lines } = await check(good.replace('access: public', 'access: everyone'));
    expect([isOk, lines[0]]).toEqual([false, expect.stringContaining('gate.yaml:4:')]);
  });

  it('wants host and path together', async () => {
    await expect(check(good, { host: 'a.example' })).rejects.toThrow('both --host and --path');
  });
});
