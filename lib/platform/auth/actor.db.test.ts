import { eq } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { apiKey, apiKeyVersion } from '@/db/schema/api-keys';
import { withKey } from '@/db/scope';
import { mintSession } from '@/db/test/mint-session';
import { type OpenDatabase, openDatabase } from '@/db/test/open-database';
import { createKey } from '@/lib/access/api-keys/change/create-key';
import { revokeKey } from '@/lib/access/api-keys/change/revoke-key';
import { generateKey, parseKey } from '@/lib/platform/auth/credential/key-format';
import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { revokeAllSessions } from '@/lib/platform/auth/session/revoke-all-sessions';
import { revokeSession } from '@/lib/platform/auth/session/revoke-session';
import { newId } from '@/lib/platform/core/ids';
import { DEFAULT_TENANT_ID, inviteMemberInput } from '@/lib/platform/tenancy/contract';
import { inviteMember } from '@/lib/platform/tenancy/invite-member';
import { listMembers } from '@/lib/platform/tenancy/queries';
import { actorOf } from './actor';
import type { Actor, UserActor } from './contract';
import { listMySessions, getMe as readMe } from './queries';

const consoleUrl = 'http://localhost:4174';
let database: OpenDatabase;

beforeAll(async () => {
  database = await openDatabase({
    BULWARK_URL: consoleUrl,
    TRUSTED_PROXIES: '10.0.0.0/8',
    SESSION_IDLE_MINUTES: '30',
    LOCAL_IDP_CLIENT_SECRET: 'Zt7qK1mX9bV4cN8sD2fG6hJ3',
  });
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.admin`truncate identity.session, identity.membership, identity.user_identity, identity.user_account, identity.invitation,
    audit_event, api_key, api_key_version, gate_revision cascade`;
});

const getMe = apiRoute({ permission: 'session', run: (actor) => readMe(actor) });
const getSessions = apiRoute({ permission: 'session', run: (actor) => listMySessions(actor) });
const getMembers = apiRoute({ permission: 'members:read', run: (actor) => listMembers(actor, {}) });
const revokeOthers = apiRoute({
  permission: 'session',
  run: (actor) => revokeAllSessions(actor, { keepCurrent: true }),
});
const revokeOne = apiRoute({
  permission: 'session',
  run: (actor, _input, { params }) => revokeSession(actor, params.id ?? ''),
});
const postInvitation = apiRoute({
  permission: 'members:write',
  input: inviteMemberInput,
  status: 201,
  run: (actor, input) => inviteMember(actor, input),
});

let callers = 0;
const request = (headers: Record<string, string>, method = 'GET', path = '/api/v1/me', body?: unknown) =>
  new Request(`${consoleUrl}${path}`, {
    method,
    headers: {
      'x-bulwark-peer': `203.0.113.${callers}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const context = (params: Record<string, string> = {}) => ({ params: Promise.resolve(params) });
const code = async (response: Response) => ((await response.json()) as { code?: string }).code;
const refusals = () =>
  database.admin`select code, tenant_id, actor_label, target_id, key_id from audit_event where action = 'auth.refused' order by at`;

beforeEach(() => {
  callers += 1;
});

describe('a session', () => {
  it('tells who, where and with which role', async () => {
    const ada = await mintSession({ name: 'ada', role: 'auditor' });
    expect(await actorOf(request({ cookie: ada.cookie }))).toMatchObject({
      type: 'user',
      userId: ada.userId,
      sessionId: ada.sessionId,
      tenantId: DEFAULT_TENANT_ID,
      role: 'auditor',
      label: 'ada',
      request: { ip: `203.0.113.${callers}`, method: 'GET', path: '/api/v1/me' },
    });
  });

  it.each([
    ['past its end', "expires_at = now() - interval '1 second'"],
    ['idle for too long', "last_seen_at = now() - interval '31 minutes'"],
    ['revoked', 'revoked_at = now()'],
  ])('that is %s is over, and that is recorded', async (_, change) => {
    const ada = await mintSession({ name: 'ada' });
    const other = await mintSession({ userId: ada.userId });
    await database.admin.unsafe(`update identity.session set ${change} where id = '${ada.sessionId}'`);
    await expect(actorOf(request({ cookie: ada.cookie }))).rejects.toMatchObject({ code: 'unauthenticated' });
    await expect(actorOf(request({ cookie: other.cookie }))).resolves.toMatchObject({ userId: ada.userId });
    expect(await refusals()).toMatchObject([{ code: 'SESSION_ENDED' }]);
  });

  it('stays alive by use, noting it at most once a minute', async () => {
    const ada = await mintSession({ name: 'ada' });
    const seen = async () =>
      (
        await database.admin`select now() - last_seen_at as ago, last_seen_at::text as at from identity.session`
      )[0];
    await database.admin`update identity.session set last_seen_at = now() - interval '29 minutes'`;
    await actorOf(request({ cookie: ada.cookie }));
    const [moved] =
      await database.admin`select now() - last_seen_at < interval '5 seconds' as fresh from identity.session`;
    expect(moved?.fresh).toBe(true);
    const first = (await seen())?.at;
    await actorOf(request({ cookie: ada.cookie }));
    expect((await seen())?.at).toBe(first);
  });

  it('follows role, membership and account from the next request on', async () => {
    const ada = await mintSession({ name: 'ada' });
    await database.admin`update identity.membership set role = 'analyst'`;
    expect(await actorOf(request({ cookie: ada.cookie }))).toMatchObject({ role: 'analyst' });
    await database.admin`update identity.membership set disabled_at = now()`;
    await expect(actorOf(request({ cookie: ada.cookie }))).rejects.toMatchObject({ code: 'no_membership' });
    await database.admin`update identity.membership set disabled_at = null`;
    await database.admin`update identity.user_account set disabled_at = now()`;
    await expect(actorOf(request({ cookie: ada.cookie }))).rejects.toMatchObject({ code: 'no_membership' });
  });

  it('gives nothing in a tenant that it merely names', async () => {
    const ada = await mintSession({ name: 'ada' });
    const tenantId = newId();
    await database.admin`insert into identity.tenant (id, slug, name) values (${tenantId}, ${`t-${tenantId.slice(-8)}`}, 'Other')`;
    await database.admin`update identity.session set tenant_id = ${tenantId}`;
    await expect(actorOf(request({ cookie: ada.cookie }))).rejects.toMatchObject({ code: 'no_membership' });
  });

  it('serves no page of a tenant that another tab has left', async () => {
    const ada = await mintSession({ name: 'ada' });
    const left = { cookie: ada.cookie, 'x-bulwark-tenant': newId() };
    await expect(actorOf(request(left))).rejects.toMatchObject({ code: 'conflict' });
    const current = { cookie: ada.cookie, 'x-bulwark-tenant': DEFAULT_TENANT_ID };
    await expect(actorOf(request(current))).resolves.toMatchObject({ userId: ada.userId });
  });

  it.each([
    ['from another site', { 'sec-fetch-site': 'cross-site' }],
    ['from a sibling host', { 'sec-fetch-site': 'same-site', origin: consoleUrl }],
    ['with another origin', { origin: 'https://evil.test' }],
    ['with origin null', { origin: 'null' }],
    ['without a word about its origin', {}],
  ])('cannot write %s', async (_, headers) => {
    const ada = await mintSession({ name: 'ada' });
    const invited = { provider: 'local', matcher: 'handle', value: 'bob', role: 'analyst' };
    const sent = request({ cookie: ada.cookie, ...headers }, 'POST', '/api/v1/invitations', invited);
    const response = await postInvitation(sent, context());
    expect([response.status, await code(response)]).toEqual([403, 'forbidden']);
    expect(await database.admin`select 1 from identity.invitation`).toHaveLength(0);
    expect(await refusals()).toMatchObject([{ code: 'CROSS_SITE' }]);
  });

  it.each([[{ 'sec-fetch-site': 'same-origin' }], [{ origin: consoleUrl }]])(
    'writes from our own pages',
    async (headers) => {
      const ada = await mintSession({ name: 'ada' });
      const invited = { provider: 'local', matcher: 'handle', value: 'bob', role: 'analyst' };
      const sent = request({ cookie: ada.cookie, ...headers }, 'POST', '/api/v1/invitations', invited);
      const response = await postInvitation(sent, context());
      expect(response.status).toBe(201);
    },
  );
});

describe('sessions of one person', () => {
  const own = { 'sec-fetch-site': 'same-origin' };

  it('are listed for that person alone, with the current one marked', async () => {
    const ada = await mintSession({ name: 'ada' });
    await mintSession({ userId: ada.userId });
    await mintSession({ name: 'bob' });
    const response = await getSessions(request({ cookie: ada.cookie }), context());
    const { items } = (await response.json()) as {
      items: { id: string; isCurrent: boolean; device: string; ip: string }[];
    };
    expect(items).toHaveLength(2);
    expect(items.filter((item) => item.isCurrent)).toMatchObject([
      { id: ada.sessionId, device: 'Firefox on Linux', ip: '127.0.0.1' },
    ]);
  });

  it('end one by one or all but this one, at once, and nobody ends those of another', async () => {
    const ada = await mintSession({ name: 'ada' });
    const [second, third] = [
      await mintSession({ userId: ada.userId }),
      await mintSession({ userId: ada.userId }),
    ];
    const bob = await mintSession({ name: 'bob', role: 'operator' });
    const revoke = (cookie: string, id: string) =>
      revokeOne(request({ cookie, ...own }, 'POST', `/api/v1/sessions/${id}/revoke`), context({ id }));
    expect((await revoke(bob.cookie, second.sessionId)).status).toBe(404);
    expect((await revoke(ada.cookie, 'not-an-id')).status).toBe(404);
    expect((await revoke(ada.cookie, second.sessionId)).status).toBe(200);
    await expect(actorOf(request({ cookie: second.cookie }))).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    const others = await revokeOthers(request({ cookie: ada.cookie, ...own }, 'POST'), context());
    expect(await others.json()).toEqual({ revoked: 1 });
    await expect(actorOf(request({ cookie: third.cookie }))).rejects.toMatchObject({
      code: 'unauthenticated',
    });
    expect((await getMe(request({ cookie: ada.cookie }), context())).status).toBe(200);
    expect((await getMe(request({ cookie: bob.cookie }), context())).status).toBe(200);
    const [row] =
      await database.admin`select count(*)::int as n from audit_event where action = 'auth.session_revoked'`;
    expect(row?.n).toBe(2);
  });
});

describe('an API key', () => {
  async function keyOf(scopes: ('members:read' | 'audit:read')[] = ['members:read']) {
    const ada = await mintSession({ name: 'ada' });
    const operator = (await actorOf(request({ cookie: ada.cookie }))) as UserActor;
    const made = await createKey(operator, { name: 'ci', scopes });
    if (!made.secret) throw new Error('no secret');
    return { operator, id: made.key.id, secret: made.secret };
  }

  it.each([
    ['Authorization', (key: string) => ({ authorization: `Bearer ${key}` })],
    ['authorization in lower case', (key: string) => ({ authorization: `bearer ${key}` })],
    ['X-API-Key', (key: string) => ({ 'x-api-key': key })],
  ])('acts with its scopes when sent as %s', async (_, headers) => {
    const { id, secret } = await keyOf();
    const actor: Actor = await actorOf(request(headers(secret)));
    expect(actor).toMatchObject({
      type: 'key',
      keyId: id,
      tenantId: DEFAULT_TENANT_ID,
      scopes: ['members:read'],
      label: 'ci',
    });
    expect((await getMembers(request(headers(secret)), context())).status).toBe(200);
    const access =
      await database.admin`select key_id, actor_type from audit_event where action = 'api.request'`;
    expect(access).toEqual([{ key_id: id, actor_type: 'key' }]);
  });

  it('needs the scope, and never has a session', async () => {
    const { secret } = await keyOf(['audit:read']);
    const headers = { authorization: `Bearer ${secret}` };
    const response = await getMembers(request(headers), context());
    expect([response.status, await code(response)]).toEqual([403, 'forbidden']);
    expect((await getSessions(request(headers), context())).status).toBe(403);
  });

  it('is refused by name once it is revoked, disabled, expired or used from elsewhere', async () => {
    const { operator, id, secret } = await keyOf();
    const refusedAs = async (change: string, expected: string) => {
      await database.admin.unsafe(`update api_key set ${change} where id = '${id}'`);
      await expect(actorOf(request({ 'x-api-key': secret }))).rejects.toMatchObject({
        code: 'unauthenticated',
        message: expect.stringContaining(expected),
      });
    };
    await refusedAs("allowed_cidrs = '{192.0.2.0/24}'", 'IP_NOT_ALLOWED');
    await refusedAs("allowed_cidrs = '{}', expires_at = now()", 'EXPIRED');
    await refusedAs('expires_at = null, disabled_at = now()', 'DISABLED');
    await database.admin`update api_key set disabled_at = null`;
    await revokeKey(operator, id, { reason: 'UNSPECIFIED' });
    await expect(actorOf(request({ 'x-api-key': secret }))).rejects.toThrow('REVOKED');
    expect(await refusals()).toMatchObject(
      ['IP_NOT_ALLOWED', 'EXPIRED', 'DISABLED', 'REVOKED'].map((one) => ({
        code: one,
        key_id: id,
        actor_label: 'ci',
      })),
    );
  });

  it('that does not exist is refused like one whose secret is wrong', async () => {
    const { id, secret } = await keyOf();
    const other = generateKey('live').key;
    await expect(actorOf(request({ 'x-api-key': other }))).rejects.toThrow('NOT_FOUND');
    await database.admin`update api_key_version set public_id = ${parseKey(other)?.publicId ?? ''} where key_id = ${id}`;
    await expect(actorOf(request({ 'x-api-key': other }))).rejects.toThrow('NOT_FOUND');
    await expect(actorOf(request({ 'x-api-key': `${secret.slice(0, -1)}!` }))).rejects.toThrow('MALFORMED');
    expect(await refusals()).toMatchObject([
      { code: 'NOT_FOUND', key_id: null },
      { code: 'NOT_FOUND', key_id: null },
      { code: 'MALFORMED' },
    ]);
  });

  it('opens one row to its look-up: no other version, no key, nothing to change', async () => {
    const { operator, secret } = await keyOf();
    await createKey(operator, { name: 'other', scopes: ['audit:read'] });
    const publicId = parseKey(secret)?.publicId ?? '';
    const seen = await withKey(publicId, async (tx) => ({
      versions: await tx.select({ publicId: apiKeyVersion.publicId }).from(apiKeyVersion),
      keys: await tx.select({ id: apiKey.id }).from(apiKey),
      changed: await tx
        .update(apiKeyVersion)
        .set({ state: 'retired' })
        .where(eq(apiKeyVersion.publicId, publicId))
        .returning({ id: apiKeyVersion.id }),
    }));
    expect(seen).toEqual({ versions: [{ publicId }], keys: [], changed: [] });
    expect(await database.admin`select 1 from api_key_version`).toHaveLength(2);
    const none = await withKey('', (tx) => tx.select({ id: apiKeyVersion.id }).from(apiKeyVersion));
    expect(none).toEqual([]);
  });

  it('is not looked up any more for an address that guesses', async () => {
    const { secret } = await keyOf();
    for (let i = 0; i < 30; i++) {
      await expect(actorOf(request({ 'x-api-key': generateKey('live').key }))).rejects.toThrow('NOT_FOUND');
    }
    await expect(actorOf(request({ 'x-api-key': secret }))).rejects.toMatchObject({ code: 'rate_limited' });
    callers += 1;
    await expect(actorOf(request({ 'x-api-key': secret }))).resolves.toMatchObject({ type: 'key' });
  });

  it.each([
    ['nothing', {}, 401],
    ['a bare percent sign', { authorization: 'Bearer %' }, 401],
    ['no key', { authorization: 'Bearer ' }, 401],
    ['another scheme', { authorization: 'Basic YWRhOmFkYQ==' }, 401],
    ['two keys in one header', { authorization: 'Bearer a, Bearer b' }, 401],
    ['a list of keys', { 'x-api-key': 'a, b' }, 401],
    ['a session cookie that is no token', { cookie: 'bulwark-session=%00%ff' }, 401],
    ['a token nobody has', { cookie: `bulwark-session=${'A'.repeat(43)}` }, 401],
    [
      'two different session cookies',
      { cookie: `bulwark-session=${'A'.repeat(43)}; bulwark-session=${'B'.repeat(43)}` },
      400,
    ],
    ['both kinds of key header', { authorization: 'Bearer a', 'x-api-key': 'a' }, 400],
    ['a cookie and a key', { cookie: `bulwark-session=${'A'.repeat(43)}`, 'x-api-key': 'a' }, 400],
  ])('and any other credential: %s is refused in words and recorded', async (_, headers, status) => {
    const response = await getMe(request(headers as Record<string, string>), context());
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = (await response.json()) as { detail: string };
    expect(problem.detail).toMatch(/^[A-Z].*\.$/);
    expect(await refusals()).toHaveLength(1);
  });
});

describe('the record of an access', () => {
  it('names person, session, address behind a trusted proxy, path, status and duration', async () => {
    const ada = await mintSession({ name: 'ada' });
    const headers = {
      cookie: ada.cookie,
      'x-bulwark-peer': '10.1.2.3',
      'x-forwarded-for': '6.6.6.6, 198.51.100.7, 10.9.9.9',
    };
    await getMe(request(headers), context());
    const rows =
      await database.admin`select actor_id, session_id, host(ip) as ip, path, method, status, duration_us > 0 as timed
      from audit_event where action = 'api.request'`;
    expect(rows).toEqual([
      {
        actor_id: ada.userId,
        session_id: ada.sessionId,
        ip: '198.51.100.7',
        path: '/api/v1/me',
        method: 'GET',
        status: 200,
        timed: true,
      },
    ]);
  });
});
