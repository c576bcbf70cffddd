import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UnreliableProxy } from '@/e2e/chaos/stand/unreliable-proxy';
import { freePort } from '@/lib/access/gate/test/gate-process';
import { type GateScene, openGateScene } from '@/lib/access/gate/test/gate-scene';
import type { WorldKey } from '@/lib/access/gate/test/key-world';
import { testPolicy } from '@/lib/access/gate/test/policies';
import { Spill } from './spill';

const EVENT =
  '{"rule":"Terminal shell in container","priority":"Notice","time":"2026-12-01T10:00:00.000000001Z"}';
const reader = {
  problemOf: (_: string, body: Uint8Array) => (body.includes(0x21) ? 'It has an exclamation mark.' : null),
};

let dir: string;
let scene: GateScene;
let key: WorldKey;
let wire: UnreliableProxy;
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'bulwark-spill-'));
  const spill = await Spill.open({ dir, maxBytes: 1024 * 1024, log: { warn: () => undefined } });
  scene = await openGateScene({
    through: async (url) => {
      const target = new URL(url);
      wire = new UnreliableProxy(await freePort(), Number(target.port));
      await wire.listen();
      target.port = String(wire.port);
      return target.href;
    },
    events: { reader, spill, spillBytesMax: 1024 * 1024 },
    policy: testPolicy('[]', '127.0.0.1'),
  });
  key = await scene.world.createKey({ tenantId: scene.tenantId, name: 'sidekick', scopes: ['events:write'] });
});
afterAll(async () => {
  await scene.stop();
  await wire.close();
  rmSync(dir, { recursive: true, force: true });
});

interface Answer {
  status: number;
  headers: Headers;
  body: { deliveryId?: string; kept?: string; code?: string; detail?: string };
}

async function send(
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = { authorization: `Bearer ${key.secret}` },
  method = 'POST',
): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${scene.port}${path}`, { method, headers, body });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

const requestIdOf = (answer: Answer) => answer.headers.get('x-request-id') ?? '';

async function deliveryOf(id: string | undefined) {
  const [row] = await scene.world.sql`select * from event_delivery where id = ${id ?? ''}`;
  return row;
}

describe('the intake of events', () => {
  it('keeps the bytes and records who sent them, before it answers', async () => {
    const answer = await send('/v1/events/falco', EVENT, {
      'x-api-key': key.secret,
      'user-agent': 'falcosecurity/falco',
      'content-type': 'text/plain',
    });
    expect(answer).toMatchObject({ status: 200, body: { kept: 'database' } });
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    const row = await deliveryOf(answer.body.deliveryId);
    expect(row).toMatchObject({
      tenant_id: scene.tenantId,
      kind: 'falco',
      origin_type: 'key',
      origin_id: key.keyId,
      origin_label: 'sidekick',
      encoding: 'identity',
      body_bytes: EVENT.length,
      is_spilled: false,
      processed_at: null,
    });
    expect(row?.body.toString()).toBe(EVENT);
    expect(row?.headers_digest).toHaveLength(32);
    expect(await scene.rowOf(requestIdOf(answer))).toMatchObject({
      action: 'gate.events',
      category: 'decision',
      outcome: 'success',
      code: 'VALID',
      key_id: key.keyId,
      path: '/v1/events/falco',
      status: 200,
      details: { bytes: EVENT.length, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  it('takes whatever comes, without looking: broken, empty, binary, by PUT, compressed', async () => {
    const bodies: (string | Uint8Array<ArrayBuffer>)[] = [
      '',
      '{',
      '[]',
      'null',
      new Uint8Array([0xff, 0x00, 0xfe]),
    ];
    for (const body of bodies) {
      const answer = await send('/v1/events/alertmanager', body, { 'x-api-key': key.secret }, 'PUT');
      expect(answer.status).toBe(200);
      expect((await deliveryOf(answer.body.deliveryId))?.body).toEqual(Buffer.from(body));
    }
    const packed = await send('/v1/events/falco', new Uint8Array(gzipSync(EVENT)), {
      'x-api-key': key.secret,
      'content-encoding': 'gzip',
    });
    expect(await deliveryOf(packed.body.deliveryId)).toMatchObject({ encoding: 'gzip' });
  });

  it('keeps the beginning of what is too large, and says its length', async () => {
    const body = 'x'.repeat(3 * 1024 * 1024);
    const answer = await send('/v1/events/falco', body);
    expect(answer.status).toBe(200);
    const row = await deliveryOf(answer.body.deliveryId);
    expect(row?.body_bytes).toBe(body.length);
    expect(row?.body.length).toBe(64 * 1024);
    expect(await send('/v1/events/falco?strict=1', body)).toMatchObject({
      status: 413,
      body: { code: 'too_large' },
    });
  });

  it('tells a strict sender what is wrong, and keeps nothing of it', async () => {
    expect((await send('/v1/events/falco?strict=1', EVENT)).status).toBe(200);
    const refused = await send('/v1/events/falco?strict=1', '{"a":"!"}');
    expect(refused).toMatchObject({ status: 400, body: { detail: 'It has an exclamation mark.' } });
    expect(await scene.rowOf(requestIdOf(refused))).toMatchObject({
      action: 'gate.events',
      outcome: 'failure',
      code: 'bad_request',
      status: 400,
    });
    expect(await deliveryOf(requestIdOf(refused))).toBeUndefined();
    expect((await send('/v1/events/falco', '{"a":"!"}')).status).toBe(200);
  });

  it('refuses and records who may not send', async () => {
    const reading = await scene.world.createKey({ tenantId: scene.tenantId, scopes: ['audit:read'] });
    const revoked = await scene.world.createKey({ tenantId: scene.tenantId, scopes: ['events:write'] });
    const elsewhere = await scene.world.createKey({
      tenantId: scene.tenantId,
      scopes: ['events:write'],
      allowedCidrs: ['10.0.0.0/8'],
    });
    await scene.world.revokeKey(revoked);
    const cases: [Record<string, string>, number, string][] = [
      [{}, 401, 'NO_CREDENTIAL'],
      [{ authorization: 'Basic eDp5' }, 401, 'MALFORMED'],
      [{ 'x-api-key': 'nonsense' }, 401, 'MALFORMED'],
      [{ 'x-api-key': key.secret, authorization: `Bearer ${key.secret}` }, 401, 'AMBIGUOUS_CREDENTIAL'],
      [{ 'x-api-key': reading.secret }, 403, 'INSUFFICIENT_SCOPE'],
      [{ 'x-api-key': revoked.secret }, 401, 'REVOKED'],
      [{ 'x-api-key': elsewhere.secret }, 403, 'IP_NOT_ALLOWED'],
    ];
    for (const [headers, status, code] of cases) {
      const answer = await send('/v1/events/falco', EVENT, headers);
      expect({ code, status: answer.status }).toEqual({ code, status });
      expect(await scene.rowOf(requestIdOf(answer))).toMatchObject({ code, status, outcome: 'denied' });
      expect(await deliveryOf(requestIdOf(answer))).toBeUndefined();
    }
    expect((await send('/v1/events/falco', EVENT, undefined, 'DELETE')).status).toBe(405);
    expect((await send('/v1/events/other', EVENT)).status).toBe(404);
    expect((await send('/v1/events/falco?strict=2', EVENT)).status).toBe(404);
  });

  it('refuses from the commit of a revocation on, with a warm memory', async () => {
    const mine = await scene.world.createKey({ tenantId: scene.tenantId, scopes: ['events:write'] });
    const headers = { 'x-api-key': mine.secret };
    expect((await send('/v1/events/falco', EVENT, headers)).status).toBe(200);
    await scene.world.revokeKey(mine);
    const refused = await send('/v1/events/falco', EVENT, headers);
    expect(refused.status).toBe(401);
    expect(await deliveryOf(requestIdOf(refused))).toBeUndefined();
  });
});

describe('a source token', () => {
  const url = (token: string) => `/v1/events/falco/${token}`;

  it('works from its networks, and is nowhere in the record', async () => {
    const source = await scene.world.createSource({
      tenantId: scene.tenantId,
      name: 'node pool',
      allowedCidrs: ['198.51.100.0/24'],
    });
    const inside = { 'x-forwarded-for': '198.51.100.9', referer: `http://x/${source.token}` };
    const answer = await send(url(source.token), EVENT, inside);
    expect(answer.status).toBe(200);
    expect(await deliveryOf(answer.body.deliveryId)).toMatchObject({
      origin_type: 'source',
      origin_id: source.id,
      origin_label: 'node pool',
    });
    expect(await scene.rowOf(requestIdOf(answer))).toMatchObject({
      actor_type: 'anonymous',
      actor_label: 'node pool',
      ip: '198.51.100.9',
      path: '/v1/events/falco/{token}',
      target_type: 'event_source',
      target_id: source.id,
    });
    const outside = await send(url(source.token), EVENT, { 'x-forwarded-for': '203.0.113.1' });
    expect(outside).toMatchObject({ status: 403, headers: expect.anything() });
    expect(outside.headers.get('x-auth-code')).toBe('IP_NOT_ALLOWED');
    expect((await send(`/v1/events/alertmanager/${source.token}`, EVENT, inside)).status).toBe(401);
    expect((await send(url(source.token), EVENT, { ...inside, 'x-api-key': key.secret })).status).toBe(401);
    const wrong =
      source.token.slice(0, 25) + randomBytes(16).toString('hex').slice(0, 27) + source.token.slice(52);
    for (const token of [wrong, `${source.token}x`, 'bws_', `${source.token}/..`]) {
      const refused = await send(url(token), EVENT, inside);
      expect([401, 404]).toContain(refused.status);
      expect(JSON.stringify(refused.body)).not.toContain('bws_');
    }
    const [leak] = await scene.world.sql`
      select count(*)::int as count from audit_event a where a::text like ${`%${source.token.slice(20)}%`}`;
    expect(leak?.count).toBe(0);
    expect(scene.logged.join()).not.toContain('bws_');
  });

  it('is of no use as a key, and no key is of use in a URL', async () => {
    const source = await scene.world.createSource({
      tenantId: scene.tenantId,
      allowedCidrs: ['127.0.0.0/8'],
    });
    expect((await send('/v1/events/falco', EVENT, { 'x-api-key': source.token })).status).toBe(401);
    expect((await send(url(key.secret), EVENT, {})).status).toBe(401);
  });

  it('is refused at once when it, or its source, is revoked', async () => {
    const source = await scene.world.createSource({
      tenantId: scene.tenantId,
      allowedCidrs: ['127.0.0.0/8'],
    });
    const { sql } = scene.world;
    expect((await send(url(source.token), EVENT, {})).status).toBe(200);
    await sql`update event_source_token set revoked_at = clock_timestamp() where id = ${source.tokenId}`;
    const refused = await send(url(source.token), EVENT, {});
    expect(refused.headers.get('x-auth-code')).toBe('REVOKED');
    await sql`update event_source_token set revoked_at = null where id = ${source.tokenId}`;
    expect((await send(url(source.token), EVENT, {})).status).toBe(200);
    await sql`update event_source set revoked_at = clock_timestamp() where id = ${source.id}`;
    expect((await send(url(source.token), EVENT, {})).status).toBe(401);
  });

  it('bound to a certificate believes trusted proxies alone, and one header at a time', async () => {
    const source = await scene.world.createSource({
      tenantId: scene.tenantId,
      clientSubject: 'CN=falco-edge,O=Example',
    });
    const nginx = { 'x-ssl-client-s-dn': 'O=Example, CN=falco-edge', 'x-ssl-client-verify': 'SUCCESS' };
    const traefik = encodeURIComponent('Subject="CN=falco-edge,O=Example"');
    const cases: [Record<string, string>, number][] = [
      [nginx, 200],
      [{ 'x-forwarded-tls-client-cert-info': traefik }, 200],
      [{ 'x-forwarded-client-cert': 'By=spiffe://a;Hash=b;Subject="CN=falco-edge,O=Example";URI=' }, 200],
      [{}, 403],
      [{ ...nginx, 'x-ssl-client-verify': 'FAILED:expired' }, 403],
      [{ ...nginx, 'x-ssl-client-s-dn': 'CN=other,O=Example' }, 403],
      [{ ...nginx, 'x-forwarded-tls-client-cert-info': traefik }, 403],
      [{ 'x-forwarded-tls-client-cert-info': '%E0%A4%A' }, 403],
    ];
    for (const [headers, status] of cases) {
      expect({ headers, status: (await send(url(source.token), EVENT, headers)).status }).toEqual({
        headers,
        status,
      });
    }
    const stranger = await openGateScene({ policy: testPolicy('[]', '10.0.0.1') });
    try {
      const own = await stranger.world.createSource({
        tenantId: stranger.tenantId,
        clientSubject: 'falco-edge',
      });
      const response = await fetch(`http://127.0.0.1:${stranger.port}${url(own.token)}`, {
        method: 'POST',
        headers: nginx,
        body: EVENT,
      });
      expect(response.status).toBe(403);
    } finally {
      await stranger.stop();
    }
  });
});

describe('while the database is away', () => {
  const ready = async () => (await fetch(`http://127.0.0.1:${scene.port}/readyz`)).status;
  const cutOff = async () => {
    wire.set('refuse');
    await expect.poll(ready).toBe(503);
  };
  const comeBack = async () => {
    wire.set('none');
    await expect.poll(ready, { timeout: 10_000 }).toBe(200);
  };
  const spilledFiles = () =>
    readdirSync(dir, { recursive: true }).filter((name) => String(name).endsWith('.spill'));

  it('keeps events on disk and hands them over in their order, each once, to whom they may go', async () => {
    const unknown = await scene.world.createKey({ tenantId: scene.tenantId, scopes: ['events:write'] });
    const wrong = await scene.world.createKey({ tenantId: scene.tenantId, scopes: ['audit:read'] });
    expect((await send('/v1/events/falco', EVENT)).status).toBe(200);
    await cutOff();
    const sent: string[] = [];
    for (let i = 0; i < 40; i++) {
      const answer = await send('/v1/events/falco', `{"rule":"r","n":${i}}`);
      expect(answer).toMatchObject({ status: 200, body: { kept: 'disk' } });
      sent.push(answer.body.deliveryId ?? '');
    }
    const later = await send('/v1/events/falco', EVENT, { 'x-api-key': unknown.secret });
    expect(later.body.kept).toBe('disk');
    const never = await send('/v1/events/falco', EVENT, { 'x-api-key': wrong.secret });
    expect(never.body.kept).toBe('disk');
    expect((await send('/v1/events/falco', EVENT, {})).status).toBe(503);
    expect((await send('/v1/events/falco?strict=1', EVENT)).status).toBe(503);
    expect(spilledFiles()).toHaveLength(1);
    await comeBack();
    await expect.poll(() => spilledFiles().length, { timeout: 10_000 }).toBe(0);
    const rows = await scene.world.sql`
      select id, is_spilled, convert_from(body, 'UTF8') as body from event_delivery
      where id = any(${[...sent, later.body.deliveryId ?? '', never.body.deliveryId ?? '']}) order by received_at, id`;
    expect(rows.map(({ id }) => id)).toEqual([...sent, later.body.deliveryId]);
    expect(rows.every(({ is_spilled }) => is_spilled)).toBe(true);
    expect(rows.slice(0, 40).map(({ body }) => JSON.parse(body).n)).toEqual(
      Array.from({ length: 40 }, (_, i) => i),
    );
    const audit = await scene.world.sql`
      select outcome, count(*)::int as count, bool_and(details ? 'keptOnDiskSince') as marked from audit_event
      where request_id = any(${[...sent, never.body.deliveryId ?? '']}) group by outcome order by outcome`;
    expect(audit.map((row) => ({ ...row }))).toEqual([
      { outcome: 'denied', count: 1, marked: true },
      { outcome: 'success', count: 40, marked: true },
    ]);
  });

  it('counts what there was no room for, and tells it later', async () => {
    expect((await send('/v1/events/falco', EVENT)).status).toBe(200);
    await cutOff();
    const big = 'x'.repeat(200_000);
    const statuses: number[] = [];
    for (let i = 0; i < 8; i++) statuses.push((await send('/v1/events/falco', big)).status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(5);
    expect(statuses.slice(5)).toEqual([503, 503, 503]);
    await comeBack();
    await expect.poll(() => spilledFiles().length, { timeout: 10_000 }).toBe(0);
    await expect
      .poll(
        async () => {
          const [row] = await scene.world.sql`
          select convert_from(body, 'UTF8')::jsonb as note, tenant_id from event_delivery where kind = 'loss'`;
          return row;
        },
        { timeout: 5_000 },
      )
      .toMatchObject({ tenant_id: scene.tenantId, note: { deliveries: 3 } });
  });

  it('finds what an earlier life of a gate left behind', async () => {
    const other = await Spill.open({ dir, maxBytes: 1024 * 1024, log: { warn: () => undefined } });
    const digests = { p1: 'none' };
    const isKept = await other.append(
      {
        requestId: '01930000-0000-7000-8000-00000000abcd',
        receivedAtMs: Date.now(),
        events: 'falco',
        sentWith: { kind: 'digest', of: 'key', publicId: 'x'.repeat(16), digests },
        ip: '192.0.2.1',
        clientSubject: null,
        host: null,
        userAgent: null,
        body: {
          bytes: Buffer.from(EVENT),
          encoding: 'identity',
          length: EVENT.length,
          headersDigest: Buffer.alloc(32),
        },
      },
      true,
    );
    expect(isKept).toBe(true);
    await other.close();
    await expect
      .poll(async () => (await scene.rowOf('01930000-0000-7000-8000-00000000abcd'))?.code, {
        timeout: 15_000,
      })
      .toBe('NOT_FOUND');
    await sleep(50);
    expect(spilledFiles()).toHaveLength(0);
  });
});
