import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import { listBackends } from '@/lib/access/secrets/backend-queries';
import { listSecrets } from '@/lib/access/secrets/queries';
import { readBackend } from '@/lib/access/secrets/read-backend';
import {
  OPENBAO_MISSING,
  type OpenBao,
  openbaoBinary,
  startOpenBao,
} from '@/lib/access/secrets/test/openbao';
import type { Actor } from '@/lib/platform/auth/contract';
import { DAY_MS, MINUTE_MS } from '@/lib/platform/core/clock';
import type { VaultEnv } from '@/lib/platform/core/env/env-secret-backends';
import { VaultReader } from './vault-reader';
import type { CredentialMemory } from './vault-sign-in';

const METADATA_ONLY = {
  'secret/metadata/*': ['read', 'list'],
  'secret/data/*': ['deny'],
  'database/static-roles/*': ['read', 'list'],
  'database/roles/*': ['read', 'list'],
};

let scene: Scene;
let operator: Actor;
let bao: OpenBao;
beforeAll(async () => {
  if (openbaoBinary === null) return;
  [scene, bao] = await Promise.all([openScene(), startOpenBao()]);
  operator = await userActor('operator');
  await bao.policy('metadata', METADATA_ONLY);
});
afterAll(async () => {
  await bao?.stop();
  await scene?.close();
});
beforeEach(({ skip }) => {
  if (openbaoBinary === null) skip(OPENBAO_MISSING);
});

const settings = (more: Partial<VaultEnv> = {}): VaultEnv => ({
  address: bao.address,
  namespace: null,
  caPath: null,
  roleId: null,
  secretId: null,
  token: null,
  kubernetesRole: null,
  kubernetesTokenPath: '/nonexistent/token',
  appRoleMount: 'approle',
  kubernetesMount: 'kubernetes',
  mounts: [],
  ...more,
});

const look = (given: VaultEnv) =>
  readBackend(
    testJobActor(),
    {
      kind: 'vault',
      name: given.address,
      open: (memory: CredentialMemory) => new VaultReader(given, memory),
    },
    true,
  );
const backend = async (name = bao.address) =>
  (await listBackends(operator)).items.find((one) => one.name === name);
const secretsOf = async (more = {}) => (await listSecrets(operator, { limit: 200, ...more })).items;
const named = async (path: string) =>
  (
    await secretsOf({
      status: [
        'gone',
        'deleted',
        'current',
        'overdue',
        'age_unknown',
        'due_soon',
        'exposed',
        'unread',
        'unused',
      ],
    })
  ).find((one) => one.path === path);

const put = (path: string, password = 'q8Jx2VbN5kLr7TzW') =>
  bao.call('POST', `secret/data/${path}`, { data: { password } });
const describeIt = (path: string, custom: Record<string, string>) =>
  bao.call('POST', `secret/metadata/${path}`, { custom_metadata: custom });

describe('the inventory of an OpenBao', () => {
  it('lists names and dates with a policy that denies the values, and proves that it does', async () => {
    await put('app/db');
    await put('billing/stripe');
    await describeIt('app/db', { owner: 'Ada', consumers: 'web, worker', tags: 'monthly' });
    await look(settings({ token: await bao.token(['metadata']) }));
    expect(await backend()).toMatchObject({
      kind: 'openbao',
      product: '2.7.2',
      state: 'ok',
      sentence: null,
      secrets: 2,
      proof: { outcome: 'denied', paths: 3 },
    });
    expect(await named('secret/app/db')).toMatchObject({
      name: 'app/db',
      kind: 'value',
      exposure: 'backend',
      model: 'single',
      status: 'current',
      ownerLabel: 'Ada',
      tags: ['monthly'],
      intervalDays: 30,
      intervalFrom: 'tag',
      versionLabel: '1',
      rotatedFrom: 'backend',
      isUseKnown: false,
      consumers: 2,
    });
    const written = await scene.admin`select action, outcome, code, reason from audit_event
      where target_type = 'secret_backend' order by at`;
    expect(written.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
      'secret.backend_read success',
      'secret.values_checked success',
    ]);
  });

  it('turns red with a token that can read values, whatever it does with it', async () => {
    await look(settings({ token: bao.rootToken }));
    expect(await backend()).toMatchObject({ state: 'readable', proof: { outcome: 'readable' } });
    expect((await backend())?.sentence).toMatch(/^Can read values: the policy allows secret\/data\//);
    const [notice] =
      await scene.admin`select severity, data from notification where type = 'secret.backend_problem'`;
    expect(notice).toMatchObject({ severity: 'critical', data: { code: 'readable' } });
    await bao.policy('writer', { ...METADATA_ONLY, 'sys/policies/acl/*': ['create', 'update'] });
    await look(settings({ token: await bao.token(['writer']) }));
    expect((await backend())?.sentence).toMatch(/may change policies/);
    await bao.policy('one', { ...METADATA_ONLY, 'secret/data/app/db': ['read'] });
    await look(settings({ token: await bao.token(['one']) }));
    expect((await backend())?.sentence).toMatch(/allows secret\/data\/app\/db\./);
    await look(settings({ token: await bao.token(['metadata']) }));
    expect(await backend()).toMatchObject({ state: 'ok' });
  });

  it('counts the age of the current version, not of an edit; the due date stays', async () => {
    await look(settings({ token: await bao.token(['metadata']) }));
    const before = await named('secret/billing/stripe');
    await scene.admin`update secret set rotated_at = now() - interval '100 days', due_at = now() - interval '10 days'
      where path = 'secret/billing/stripe'`;
    const meta = await bao.call('GET', 'secret/metadata/billing/stripe');
    const updatedAt = (meta.data as { updated_time: string }).updated_time;
    await describeIt('billing/stripe', { owner: 'grace' });
    const edited = await bao.call('GET', 'secret/metadata/billing/stripe');
    expect((edited.data as { updated_time: string }).updated_time).not.toBe(updatedAt);
    expect(before?.dueAt).not.toBeNull();
    // The backend itself still says when the version was made: an edit changes nothing of it.
    await look(settings({ token: await bao.token(['metadata']) }));
    const after = await named('secret/billing/stripe');
    expect([after?.rotatedAt, after?.ownerLabel, after?.versionLabel]).toEqual([
      before?.rotatedAt,
      'grace',
      '1',
    ]);
    await put('billing/stripe', 'another-Value-4711');
    await look(settings({ token: await bao.token(['metadata']) }));
    const rotated = await named('secret/billing/stripe');
    expect(rotated?.versionLabel).toBe('2');
    expect(Date.parse(rotated?.dueAt ?? '') - Date.parse(rotated?.rotatedAt ?? '')).toBe(90 * DAY_MS);
  });

  it('tells what was deleted, what is gone, and what it may not see', async () => {
    await put('old/one');
    await put('old/two');
    await look(settings({ token: await bao.token(['metadata']) }));
    await bao.call('DELETE', 'secret/data/old/one');
    await bao.call('DELETE', 'secret/metadata/old/two');
    await look(settings({ token: await bao.token(['metadata']) }));
    expect(await named('secret/old/one')).toMatchObject({ status: 'deleted', isDestroyed: false });
    expect(await named('secret/old/two')).toMatchObject({ status: 'gone' });
    expect((await secretsOf()).some(({ path }) => path.startsWith('secret/old/'))).toBe(false);
    await bao.policy('partial', { ...METADATA_ONLY, 'secret/metadata/app/*': ['deny'] });
    await look(settings({ token: await bao.token(['partial']) }));
    expect(await backend()).toMatchObject({ state: 'partial', unreadPaths: ['secret/app/'] });
    expect(await named('secret/app/db')).toMatchObject({ missingAt: null });
  });

  it('signs in with AppRole, and says when somebody else has used the secret ID', async () => {
    await bao.call('POST', 'sys/auth/approle', { type: 'approle' });
    await bao.call('POST', 'auth/approle/role/bulwark', {
      token_policies: ['metadata'],
      secret_id_num_uses: 1,
      token_ttl: '1h',
    });
    const roleId = ((await bao.call('GET', 'auth/approle/role/bulwark/role-id')).data as { role_id: string })
      .role_id;
    const newSecretId = async () =>
      ((await bao.call('POST', 'auth/approle/role/bulwark/secret-id')).data as { secret_id: string })
        .secret_id;
    const own = await newSecretId();
    await look(settings({ roleId, secretId: own }));
    expect(await backend()).toMatchObject({ state: 'ok' });
    // A worker that starts again has no token left, and the secret ID was good for one sign-in.
    await look(settings({ roleId, secretId: own }));
    expect((await backend())?.problem).toMatchObject({ code: 'secret_id_used_up' });
    const stolen = await newSecretId();
    await bao.call('POST', 'auth/approle/login', { role_id: roleId, secret_id: stolen });
    await look(settings({ roleId, secretId: stolen }));
    expect((await backend())?.problem?.sentence).toMatch(
      /^The secret ID was rejected before Bulwark ever used it/,
    );
    const [notice] = await scene.admin`select severity from notification
      where type = 'secret.backend_problem' and data->>'code' = 'secret_id_used_elsewhere'`;
    expect(notice?.severity).toBe('critical');
    await look(settings({ roleId, secretId: await newSecretId() }));
    expect(await backend()).toMatchObject({ state: 'ok', problem: null });
  });

  it('asks once only with a secret ID that was refused', async () => {
    let logins = 0;
    const server = await serve((path) => {
      if (path.endsWith('/login')) logins += 1;
      return [400, { errors: ['invalid role or secret ID'] }];
    });
    const given = settings({ address: addressOf(server), roleId: 'r', secretId: 'one' });
    for (let i = 0; i < 4; i++) await look(given);
    expect(logins).toBe(1);
    await look({ ...given, secretId: 'two' });
    expect(logins).toBe(2);
  });

  it('takes a new token when the one in force ends in the middle', async () => {
    await bao.call('POST', 'auth/approle/role/short', {
      token_policies: ['metadata'],
      token_ttl: '1s',
      token_max_ttl: '1s',
    });
    const roleId = ((await bao.call('GET', 'auth/approle/role/short/role-id')).data as { role_id: string })
      .role_id;
    const secretId = (
      (await bao.call('POST', 'auth/approle/role/short/secret-id')).data as { secret_id: string }
    ).secret_id;
    const memory: CredentialMemory = { digest: null, usedAt: null, save: async () => undefined };
    const reader = new VaultReader(settings({ roleId, secretId }), memory);
    const signal = AbortSignal.timeout(20_000);
    expect((await reader.read(signal)).secrets.length).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    expect((await reader.read(signal)).secrets.length).toBeGreaterThan(0);
    const expired = await bao.token(['metadata'], { ttl: '1s', explicit_max_ttl: '1s' });
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    await look(settings({ token: expired }));
    expect((await backend())?.problem).toMatchObject({ code: 'token_expired' });
  });
});

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
async function serve(
  answer: (path: string) => [number, object | string, Record<string, string>?],
): Promise<Server> {
  const server = createServer((request, response) => {
    const [status, body, headers = {}] = answer(request.url ?? '');
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  return server;
}
const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

describe('a backend that is not well', () => {
  const SECRET = 's.hunter2hunter2hunter2';
  const problemOf = async (address: string, more: Partial<VaultEnv> = {}) => {
    await look(settings({ address, token: SECRET, ...more }));
    return (await backend(address))?.problem;
  };

  it.each<[string, number, object | string, Record<string, string>]>([
    ['sealed', 503, { errors: ['Vault is sealed'] }, {}],
    ['unavailable', 502, 'bad gateway', {}],
    ['not_initialized', 501, { errors: ['not initialized'] }, {}],
    ['redirected', 307, '', { location: 'https://elsewhere.example.org/v1/x' }],
    ['limited', 429, { errors: [`quota of ${'s.hunter2hunter2hunter2'}`] }, {}],
    ['bad_answer', 200, '<html>', {}],
  ])('says that it is %s', async (code, status, body, headers) => {
    let asked = 0;
    const server = await serve(() => {
      asked += 1;
      return [status, body, headers];
    });
    const problem = await problemOf(addressOf(server));
    expect(problem?.code).toBe(code);
    expect(problem?.sentence).toMatch(/^\S.*\.$/);
    expect(JSON.stringify(problem)).not.toContain('hunter2');
    expect(asked).toBeLessThanOrEqual(2);
  });

  it('never follows a redirect to another host', async () => {
    let arrived = 0;
    const elsewhere = await serve(() => {
      arrived += 1;
      return [200, {}];
    });
    const server = await serve(() => [302, '', { location: `${addressOf(elsewhere)}/v1/x` }]);
    expect((await problemOf(addressOf(server)))?.sentence).toContain(new URL(addressOf(elsewhere)).host);
    expect(arrived).toBe(0);
  });

  it('names a host that nobody answers at, and a clock that is wrong', async () => {
    expect((await problemOf('http://127.0.0.1:1'))?.sentence).toMatch(
      /Could not reach 127\.0\.0\.1:1 \(ECONNREFUSED\)/,
    );
    const date = new Date(Date.now() + 5 * MINUTE_MS).toUTCString();
    const server = await serve(() => [200, { data: { secret: {} } }, { date }]);
    await look(settings({ address: addressOf(server), token: SECRET }));
    expect(await backend(addressOf(server))).toMatchObject({
      state: 'problem',
      sentence: "Its clock is 5 minutes ahead of this host's. Synchronize both with NTP.",
    });
  });

  it('cannot be told from one that is well by an identity that may not ask what it may do', async () => {
    await bao.policy('mute', { ...METADATA_ONLY, 'sys/capabilities-self': ['deny'] });
    await look(settings({ token: await bao.token(['mute']) }));
    expect(await backend()).toMatchObject({ state: 'unproven', proof: { outcome: 'unknown' } });
    expect((await backend())?.sentence).toMatch(/^Not proven: /);
  });

  it('keeps no token, no value and no error of the server anywhere', async () => {
    const rows = await scene.admin`
      select string_agg(t::text, '') as text from (
        select to_jsonb(s) as t from secret s union all select to_jsonb(b) from secret_backend b
        union all select to_jsonb(a) from audit_event a union all select to_jsonb(n) from notification n) everything`;
    expect(rows[0]?.text).not.toMatch(/hunter2|q8Jx2VbN5kLr7TzW|another-Value-4711/);
    expect(rows[0]?.text).not.toContain(bao.rootToken);
  });
});
