import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readTenant } from '@/db/scope';
import { cliActor, keyActor, openScene, type Scene } from '@/db/test/scene';
import type { Actor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { readStanding } from './facts';
import { getOverview, getStanding } from './queries';

let scene: Scene;
const actor = cliActor();

beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
beforeEach(async () => {
  await scene.admin`truncate asset, finding, api_key, api_key_version, key_usage, rollup_watermark, audit_event, identity.membership cascade`;
  await seenByWorker('1 second');
});

async function seenByWorker(ago: string) {
  await scene.admin`insert into rollup_watermark (tenant_id, name, until)
    values (${DEFAULT_TENANT_ID}, 'key_usage', now() - ${ago}::interval)
    on conflict (tenant_id, name) do update set until = excluded.until`;
}

async function addKey(changes: {
  name: string;
  expiresIn?: string | null;
  tenantId?: string;
}): Promise<string> {
  const id = newId();
  const tenantId = changes.tenantId ?? DEFAULT_TENANT_ID;
  const expiresIn = changes.expiresIn === undefined ? '90 days' : changes.expiresIn;
  await scene.admin`insert into api_key (tenant_id, id, name, environment, scopes, expires_at)
    values (${tenantId}, ${id}, ${changes.name}, 'live', array['keys:read'], now() + ${expiresIn}::interval)`;
  await addVersion(id, 1, 'current', { tenantId });
  return id;
}

async function addVersion(
  keyId: string,
  number: number,
  state: string,
  changes: { createdAgo?: string; graceIn?: string; tenantId?: string } = {},
) {
  const id = newId();
  const { admin } = scene;
  await admin`insert into api_key_version (tenant_id, id, key_id, number, public_id, digest, pepper_id, last4, state, created_at, activated_at, grace_until)
    values (${changes.tenantId ?? DEFAULT_TENANT_ID}, ${id}, ${keyId}, ${number}, ${id}, 'd', 'p1', 'abcd', ${state},
      now() - ${changes.createdAgo ?? '1 hour'}::interval, ${state === 'pending' ? null : admin`now() - interval '1 hour'`},
      ${changes.graceIn ? admin`now() + ${changes.graceIn}::interval` : null})`;
  return id;
}

async function addDecision(outcome: string, ago: string, code: string | null = null) {
  await scene.admin`insert into audit_event (tenant_id, at, id, category, action, outcome, actor_type, request_id, code)
    values (${DEFAULT_TENANT_ID}, now() - ${ago}::interval, ${newId()}, 'decision', 'gate.verify', ${outcome}, 'key', 'r', ${code})`;
}

const standingOf = (by: Actor = actor) => readTenant(by, (tx) => readStanding(tx, by, []));

/** What stands of some rooms. */
async function itemsOf(prefix: string, by: Actor = actor) {
  const { items } = await standingOf(by);
  return items.filter(({ key }) => key.startsWith(prefix));
}
const keysOf = async (prefix: string, by: Actor = actor) =>
  (await itemsOf(prefix, by)).map(({ key, level }) => [key, level]);

describe('the overview', () => {
  it('of an empty tenant has no key, no request and no step done, and does not call that well', async () => {
    const overview = await getOverview(actor);
    expect(overview).toMatchObject({ liveKeys: { count: 0 }, lastDecisionAt: null });
    expect(overview.steps.every((step) => step.doneAt === null)).toBe(true);
    const standing = await standingOf();
    expect(standing.level).toBe('unknown');
    expect(standing.items.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['scans.none', 'checklist.unknown', 'anomalies.no_rules']),
    );
  });

  it('counts the decisions of the last 24 hours, and only those', async () => {
    for (const ago of ['1 minute', '23 hours']) await addDecision('success', ago);
    await addDecision('denied', '2 hours', 'NOT_FOUND');
    await addDecision('denied', '2 hours', 'RATE_LIMITED');
    await addDecision('failure', '3 hours', 'UNAVAILABLE');
    await addDecision('success', '25 hours');
    const { decisions24h } = await getOverview(actor);
    expect(decisions24h).toMatchObject({
      allowed: { count: 2, capped: false },
      refused: { count: 2, capped: false },
      limited: { count: 1, capped: false },
      undecided: { count: 1, capped: false },
    });
  });

  it('is the same standing as stands beside every screen', async () => {
    await addKey({ name: 'billing', expiresIn: '12 hours' });
    const [overview, standing] = [await getOverview(actor), await getStanding(actor)];
    expect({ ...standing, asOf: '' }).toEqual({ ...overview.standing, asOf: '' });
    expect(standing).toMatchObject({ level: 'danger' });
  });

  it('is refused to a key without the scope', async () => {
    const key = keyActor(newId(), ['gate:verify']);
    await expect(getOverview(key)).rejects.toMatchObject({ code: 'forbidden' });
    await expect(getStanding(key)).rejects.toMatchObject({ code: 'forbidden' });
  });
});

describe('what stands', () => {
  it('names keys that expire soon and keys that never expire', async () => {
    await addKey({ name: 'billing', expiresIn: '3 days' });
    await addKey({ name: 'far', expiresIn: '60 days' });
    await addKey({ name: 'forever', expiresIn: null });
    expect(await itemsOf('keys.')).toMatchObject([
      { key: 'keys.expiring', level: 'warning', count: 1, names: ['billing'], href: '/keys?q=is%3Aexpiring' },
      { key: 'keys.without_expiry', level: 'info', count: 1, names: ['forever'] },
    ]);
    expect((await getOverview(actor)).liveKeys).toMatchObject({ count: 3 });
  });

  it('warns of an old secret in use only while it is used', async () => {
    const keyId = await addKey({ name: 'billing' });
    const old = await addVersion(keyId, 2, 'grace', { graceIn: '3 hours' });
    expect(await keysOf('keys.')).toEqual([]);
    await scene.admin`insert into key_usage (tenant_id, key_id, version_id, hour, allowed, last_used_at)
      values (${DEFAULT_TENANT_ID}, ${keyId}, ${old}, date_trunc('hour', now()), 5, now() - interval '5 minutes')`;
    const [item] = await itemsOf('keys.');
    expect(item).toMatchObject({ key: 'keys.old_secret_in_use', level: 'danger', names: ['billing'] });
    expect(item?.until).not.toBeNull();
  });

  it('tells of a rotation that nobody picked up for a day, and not of one that was revoked with its key', async () => {
    const keyId = await addKey({ name: 'billing' });
    await addVersion(keyId, 2, 'pending', { createdAgo: '23 hours' });
    expect(await keysOf('keys.')).toEqual([]);
    await scene.admin`update api_key_version set created_at = now() - interval '25 hours' where state = 'pending'`;
    expect(await keysOf('keys.')).toEqual([['keys.awaiting_pickup', 'info']]);
    await scene.admin`update api_key_version set created_at = now() - interval '4 days' where state = 'pending'`;
    expect(await keysOf('keys.')).toEqual([['keys.awaiting_pickup', 'warning']]);
    await scene.admin`update api_key set revoked_at = now() where id = ${keyId}`;
    expect(await keysOf('keys.')).toEqual([]);
  });

  it('tells of a silent worker', async () => {
    expect(await keysOf('installation.')).toEqual([]);
    await seenByWorker('3 minutes');
    expect(await keysOf('installation.')).toEqual([['installation.unwell', 'danger']]);
  });

  it('names the worst findings that are open, and only to who may see findings', async () => {
    const assetId = newId();
    await scene.admin`insert into asset (tenant_id, id, name) values (${DEFAULT_TENANT_ID}, ${assetId}, 'web')`;
    const add = (title: string, severity: string, detection: string) =>
      scene.admin`insert into finding (tenant_id, id, asset_id, tool, kind, key, member, key_version, rule_id, aliases,
          severity, title, details, detection, first_seen_at, opened_at)
        values (${DEFAULT_TENANT_ID}, ${newId()}, ${assetId}, 'trivy', 'vulnerability', ${title}, 0, 1, 'r', '{}',
          ${severity}, ${title}, '{}', ${detection}, now(), now())`;
    await add('a medium one', 'medium', 'present');
    await add('a fixed one', 'critical', 'absent');
    expect(await keysOf('findings.')).toEqual([]);
    await add('a high one', 'high', 'present');
    await add('a critical one', 'critical', 'present');
    expect(await itemsOf('findings.')).toMatchObject([
      { key: 'findings.critical', level: 'danger', count: 1, names: ['a critical one'] },
      { key: 'findings.high', level: 'warning', count: 1, names: ['a high one'] },
    ]);
    expect(await keysOf('findings.', keyActor(newId(), ['keys:read']))).toEqual([]);
  });

  it('is nothing of another tenant', async () => {
    const tenantId = newId();
    await addKey({ name: 'theirs', expiresIn: null, tenantId });
    expect(await keysOf('keys.')).toEqual([]);
    expect((await getOverview(actor)).liveKeys).toMatchObject({ count: 0 });
    expect(await keysOf('keys.', cliActor(tenantId))).toEqual([['keys.without_expiry', 'info']]);
  });
});
