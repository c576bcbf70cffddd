import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openScene, type Scene, userActor } from '@/db/test/scene';
import type { UserActor } from '@/lib/platform/auth/contract';
import { explainRoute, getGateRoutes } from './queries';

const ROUTES = `version: 1
trustedProxies: [10.0.0.0/8]
routes:
  - { name: api, host: api.example.org, path: /v1/**, access: { scopes: ['keys:read'] } }
  - { name: rest, host: api.example.org, path: /**, access: public }
`;

const folder = mkdtempSync(join(tmpdir(), 'bulwark-gate-routes-'));
const file = join(folder, 'gate.yaml');
let scene: Scene;
let operator: UserActor;

function write(text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

beforeAll(async () => {
  vi.stubEnv('GATE_ROUTES_FILE', file);
  scene = await openScene();
  operator = await userActor('operator');
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await scene.close();
  rmSync(folder, { recursive: true });
});

describe('the routes in the console', () => {
  it('tell what is wrong with the file, and show it once it is right', async () => {
    expect(await getGateRoutes(operator)).toMatchObject({
      hash: null,
      routes: [],
      problems: [{ line: 1, column: 1 }],
    });
    write(ROUTES);
    const shown = await getGateRoutes(operator);
    expect(shown).toMatchObject({ file, problems: [], trustedProxies: ['10.0.0.0/8'] });
    expect(shown.hash).toMatch(/^[0-9a-f]{12}$/);
    expect(shown.routes.map(({ name, line }) => [name, line])).toEqual([
      ['api', 4],
      ['rest', 5],
    ]);
    write('version: 3\n');
    await expect
      .poll(async () => (await getGateRoutes(operator)).problems.length, { timeout: 4_000 })
      .toBe(1);
    expect((await getGateRoutes(operator)).routes).toHaveLength(2);
  });

  it.each([
    ['https://api.example.org/v1/keys?x=1', 'route', 'api', '/v1/keys'],
    ['API.example.org:8443/other', 'route', 'rest', '/other'],
    ['api.example.org', 'route', 'rest', '/'],
    ['api.example.org/V1/keys', 'ambiguous_case', undefined, '/V1/keys'],
    ['api.example.org//v1', 'ambiguous_path', undefined, null],
    ['other.example.org/v1', 'no_route', undefined, '/v1'],
    ['a..b/v1', 'ambiguous_host', undefined, '/v1'],
  ])('say of %s: %s %s', async (url, outcome, name, path) => {
    const answer = await explainRoute(operator, { url });
    expect({ outcome: answer.outcome, name: answer.route?.name, path: answer.path }).toEqual({
      outcome,
      name,
      path,
    });
  });

  it('ask for a host, and are not shown to who may not see policies', async () => {
    await expect(explainRoute(operator, { url: '/v1/keys' })).rejects.toMatchObject({ code: 'bad_request' });
    const analyst = await userActor('analyst');
    await expect(getGateRoutes(analyst)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(explainRoute(analyst, { url: 'a/b' })).rejects.toMatchObject({ code: 'forbidden' });
  });
});
