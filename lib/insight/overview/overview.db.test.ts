import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closePools, useDatabase } from '@/db/connect';
import { createTestDatabase, type TestDatabase } from '@/db/test/template';
import type { JobActor, KeyActor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import type { AttentionKind, OverviewDto } from './contract';
import { getOverview } from './queries';

let database: TestDatabase;
let admin: postgres.Sql;

beforeAll(async () => {
  database = await createTestDatabase();
  useDatabase({ app_rw: database.urls.rw, app_ro: database.urls.ro, app_gate: database.urls.gate });
  admin = postgres(database.urls.superuser, { max: 1, onnotice: () => undefined });
});
afterAll(async () => {
  await admin.end();
  await closePools();
  await database.drop();
});
beforeEach(async () => {
  await admin`truncate asset, finding, api_key, api_key_version, key_usage, rollup_watermark, audit_event, identity.membership cascade`;
});

const request = { requestId: newId(), ip: null, userAgent: null, method: null, host: null, path: null };
const actor: JobActor = { type: 'job', tenantId: DEFAULT_TENANT_ID, label: 'test', request };

async function addKey(changes: {
  name: string;
  expiresIn?: string | null;
  tenantId?: string;
}): Promise<string> {
  const id = newId();
  const expiresIn = changes.expiresIn === undefined ? '90 days' : changes.expiresIn;
  await admin`insert into api_key (tenant_id, id, name, environment, scopes, expires_at)
    values (${changes.tenantId ?? DEFAULT_TENANT_ID}, ${id}, ${changes.name}, 'live', array['keys:read'], now() + ${expiresIn}::interval)`;
  return id;
}

async function addVersion(
  keyId: string,
  number: number,
  state: string,
  changes: { createdAgo?: string; graceIn?: string } = {},
) {
  const id = newId();
  await admin`insert into api_key_version (tenant_id, id, key_id, number, public_id, digest, pepper_id, last4, state, created_at, activated_at, grace_until)
    values (${DEFAULT_TENANT_ID}, ${id}, ${keyId}, ${number}, ${id}, 'd', 'p1', 'abcd', ${state},
      now() - ${changes.createdAgo ?? '1 hour'}::interval, ${state === 'pending' ? null : admin`now() - interval '1 hour'`},
      ${changes.graceIn ? admin`now() + ${changes.graceIn}::interval` : null})`;
  return id;
}

async function addDecision(outcome: string, ago: string) {
  await admin`insert into audit_event (tenant_id, at, id, category, action, outcome, actor_type, request_id)
    values (${DEFAULT_TENANT_ID}, now() - ${ago}::interval, ${newId()}, 'decision', 'gate.verify', ${outcome}, 'key', 'r')`;
}

const kindsOf = (overview: OverviewDto): AttentionKind[] => overview.attention.map((item) => item.kind);

describe('getOverview', () => {
  it('of an empty tenant has nothing to act on, no step but none done, and zero counted rows', async () => {
    const overview = await getOverview(actor);
    expect(overview).toMatchObject({ attention: [], liveKeys: 0, lastDecisionAt: null });
    expect(overview.steps.every((step) => step.doneAt === null)).toBe(true);
  });

  it('counts the decisions of the last 24 hours, and only those', async () => {
    for (const ago of ['1 minute', '23 hours']) await addDecision('success', ago);
    await addDecision('denied', '2 hours');
    await addDecision('success', '25 hours');
    const { decisions24h } = await getOverview(actor);
    expect(decisions24h).toEqual({
      allowed: { count: 2, capped: false },
      refused: { count: 1, capped: false },
    });
  });

  it('names keys that expire soon and keys that never expire', async () => {
    const soon = await addKey({ name: 'billing', expiresIn: '3 days' });
    await addKey({ name: 'far', expiresIn: '60 days' });
    await addKey({ name: 'forever', expiresIn: null });
    const overview = await getOverview(actor);
    expect(overview.attention).toEqual([
      expect.objectContaining({ kind: 'keys_expiring', count: 1, names: ['billing'], keyId: soon }),
      expect.objectContaining({ kind: 'keys_without_expiry', count: 1, names: ['forever'] }),
    ]);
    expect(overview.liveKeys).toBe(3);
  });

  it('warns of an old secret in use only while it is used', async () => {
    const keyId = await addKey({ name: 'billing' });
    const old = await addVersion(keyId, 1, 'grace', { graceIn: '3 hours' });
    await addVersion(keyId, 2, 'current');
    expect(kindsOf(await getOverview(actor))).toEqual([]);
    await admin`insert into key_usage (tenant_id, key_id, version_id, hour, allowed, last_used_at)
      values (${DEFAULT_TENANT_ID}, ${keyId}, ${old}, date_trunc('hour', now()), 5, now() - interval '5 minutes')`;
    const [item] = (await getOverview(actor)).attention;
    expect(item).toMatchObject({ kind: 'old_secret_in_use', names: ['billing'], keyId });
    expect(item?.until).not.toBeNull();
    expect(item?.since).not.toBeNull();
  });

  it('warns of a rotation that nobody picked up for a day, and of a silent worker', async () => {
    const keyId = await addKey({ name: 'billing' });
    await addVersion(keyId, 1, 'current');
    await addVersion(keyId, 2, 'pending', { createdAgo: '23 hours' });
    expect(kindsOf(await getOverview(actor))).toEqual([]);
    await admin`update api_key_version set created_at = now() - interval '25 hours' where state = 'pending'`;
    await admin`insert into rollup_watermark (tenant_id, name, until) values (${DEFAULT_TENANT_ID}, 'key_usage', now() - interval '3 minutes')`;
    expect(kindsOf(await getOverview(actor))).toEqual(['worker_silent', 'rotation_not_picked_up']);
  });

  it('names the worst finding that is open, and only to who may see findings', async () => {
    const assetId = newId();
    await admin`insert into asset (tenant_id, id, name) values (${DEFAULT_TENANT_ID}, ${assetId}, 'web')`;
    const add = (title: string, severity: string, detection: string) =>
      admin`insert into finding (tenant_id, id, asset_id, tool, kind, key, member, key_version, rule_id, aliases,
          severity, title, details, detection, first_seen_at, opened_at)
        values (${DEFAULT_TENANT_ID}, ${newId()}, ${assetId}, 'trivy', 'vulnerability', ${title}, 0, 1, 'r', '{}',
          ${severity}, ${title}, '{}', ${detection}, now(), now())`;
    await add('a medium one', 'medium', 'present');
    await add('a fixed one', 'critical', 'absent');
    expect(kindsOf(await getOverview(actor))).toEqual([]);
    await add('a high one', 'high', 'present');
    await add('a critical one', 'critical', 'present');
    const [item] = (await getOverview(actor)).attention;
    expect(item).toMatchObject({
      kind: 'findings_urgent',
      count: 2,
      names: ['a critical one', 'a high one'],
      keyId: null,
    });
    const key: KeyActor = {
      ...actor,
      type: 'key',
      keyId: newId(),
      versionId: newId(),
      scopes: ['keys:read'],
    };
    expect(kindsOf(await getOverview(key))).toEqual([]);
  });

  it('sees nothing of another tenant', async () => {
    const tenantId = newId();
    await addKey({ name: 'theirs', expiresIn: null, tenantId });
    expect(await getOverview(actor)).toMatchObject({ attention: [], liveKeys: 0 });
    expect((await getOverview({ ...actor, tenantId })).liveKeys).toBe(1);
  });

  it('is refused to a key without the scope', async () => {
    const key: KeyActor = {
      ...actor,
      type: 'key',
      keyId: newId(),
      versionId: newId(),
      scopes: ['gate:verify'],
    };
    await expect(getOverview(key)).rejects.toMatchObject({ code: 'forbidden' });
  });
});
