import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newTenant, openScene, type Scene, testJobActor } from '@/db/test/scene';
import { parseChecklist } from '@/lib/assurance/checklist/definition';
import { performCheck } from '@/lib/assurance/checklist/perform-check';
import { newId } from '@/lib/platform/core/ids';
import type { CheckSources } from './check';

const sources: CheckSources = {
  mode: 'local',
  consoleUrl: 'http://localhost:4900',
  gateUrl: 'http://localhost:4901',
  secrets: () => [],
  rateLimits: () => [],
  selfTest: () => ({}),
};

let scene: Scene;
let tenantId: string;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());
beforeEach(async () => {
  tenantId = await newTenant(`t-${newId().slice(-12)}`);
});

async function look(kind: string, more = '') {
  const text = `version: 1
objectives:
  - { key: o, title: O, why: W, stage: ongoing, severity: low, checks: [{ key: c, title: C, cadence: 1d, remediation: R, kind: ${kind}${more} }] }
`;
  const check = parseChecklist(text, 'f').objectives[0]?.checks[0];
  if (!check) throw new Error('no check');
  return performCheck(check, testJobActor(tenantId), sources, new AbortController().signal);
}

async function addKey(
  name: string,
  secretAge: string,
  changes: { environment?: string; revoked?: boolean } = {},
) {
  const id = newId();
  await scene.admin`insert into api_key (tenant_id, id, name, environment, scopes, revoked_at)
    values (${tenantId}, ${id}, ${name}, ${changes.environment ?? 'live'}, array['keys:read'], ${changes.revoked ? new Date() : null})`;
  await scene.admin`insert into api_key_version (tenant_id, id, key_id, number, public_id, digest, pepper_id, last4, state, created_at, activated_at)
    values (${tenantId}, ${newId()}, ${id}, 1, ${newId()}, 'd', 'p1', 'abcd', 'current', now() - ${secretAge}::interval, now() - ${secretAge}::interval)`;
  return id;
}

describe('key rotation', () => {
  it('fails for a key that is overdue, and passes once it is rotated', async () => {
    const id = await addKey('billing', '91 days');
    await addKey('young', '10 days');
    await addKey('test key', '400 days', { environment: 'test' });
    await addKey('gone', '400 days', { revoked: true });
    const before = await look('key_rotation');
    expect(before).toMatchObject({ outcome: 'fail', scopeExpected: 2, scopeCovered: 2 });
    expect(before.summary).toBe('billing: its secret is 91 days old; 90 are allowed');
    expect(before.observations[0]?.href).toBe(`/keys/${id}`);
    await scene.admin`update api_key_version set activated_at = now() where key_id = ${id}`;
    expect((await look('key_rotation')).outcome).toBe('pass');
  });

  it('tells keys of the same name apart', async () => {
    const ids = [await addKey('billing', '91 days'), await addKey('billing', '92 days')];
    const names = (await look('key_rotation')).observations.map(({ resource }) => resource);
    expect(names.toSorted()).toEqual(ids.map((id) => `billing ${id.slice(-8)}`).toSorted());
  });

  it('warns before, and follows the policy of the tenant and the key', async () => {
    const id = await addKey('billing', '85 days');
    expect((await look('key_rotation')).outcome).toBe('warn');
    await scene.admin`insert into rotation_policy (tenant_id, rules) values (${tenantId}, '{"isEnabled": true, "periodDays": 30}')`;
    expect((await look('key_rotation')).summary).toBe('billing: its secret is 85 days old; 34 are allowed');
    await scene.admin`insert into key_rotation_setting (tenant_id, key_id, is_off) values (${tenantId}, ${id}, true)`;
    expect((await look('key_rotation')).outcome).toBe('warn');
  });

  it('counts the old secret as long as it is accepted, and does not apply without keys', async () => {
    expect((await look('key_rotation')).outcome).toBe('not_applicable');
    const id = await addKey('billing', '1 day');
    await scene.admin`insert into api_key_version (tenant_id, id, key_id, number, public_id, digest, pepper_id, last4, state, created_at, activated_at, grace_until)
      values (${tenantId}, ${newId()}, ${id}, 0, ${newId()}, 'd', 'p1', 'abcd', 'grace', now() - interval '99 days', now() - interval '99 days', now() + interval '1 day')`;
    expect((await look('key_rotation')).outcome).toBe('fail');
  });
});

async function addAsset(name: string, lastComplete: string | null, status = 'done'): Promise<string> {
  const id = newId();
  await scene.admin`insert into asset (tenant_id, id, name) values (${tenantId}, ${id}, ${name})`;
  if (lastComplete !== null) {
    await scene.admin`insert into scan_stream (tenant_id, id, asset_id, tool, category, branch, last_complete_at, last_status)
      values (${tenantId}, ${newId()}, ${id}, 'trivy', '', 'main', now() - ${lastComplete}::interval, ${status})`;
  }
  return id;
}

describe('scans', () => {
  it('wants a recent complete one of every asset, and knows nothing without assets', async () => {
    expect((await look('scans')).outcome).toBe('not_available');
    await addAsset('web', '2 days');
    expect((await look('scans')).outcome).toBe('pass');
    await addAsset('gate', null);
    await addAsset('old', '9 days');
    await addAsset('broken', '1 day', 'held');
    const result = await look('scans');
    expect(result).toMatchObject({ outcome: 'fail', scopeExpected: 4 });
    expect(result.summary).toBe('3 of 4 assets fail: broken, gate, old.');
    expect((await look('scans', ', scope: { assets: [web] }')).outcome).toBe('pass');
    expect((await look('scans', ', scope: { assets: [web, unknown] }')).outcome).toBe('fail');
  });
});

async function addFinding(assetId: string, severity: string, decision = 'none') {
  await scene.admin`insert into finding (tenant_id, id, asset_id, tool, kind, key, member, key_version, rule_id, aliases, severity, title, details, detection, decision, first_seen_at, opened_at, decision_until)
    values (${tenantId}, ${newId()}, ${assetId}, 'trivy', 'vulnerability', ${newId()}, 0, 1, 'CVE-2026-1', '{}', ${severity}, 'Overflow', '{}', 'present', ${decision}, now(), now(), ${decision === 'accepted' ? new Date(Date.now() + 1e9) : null})`;
}

describe('findings', () => {
  it('fails for open ones of the named severities, and lists accepted ones', async () => {
    expect((await look('findings')).outcome).toBe('not_available');
    const assetId = await addAsset('web', '1 day');
    expect((await look('findings')).outcome).toBe('pass');
    await addFinding(assetId, 'medium');
    await addFinding(assetId, 'high', 'accepted');
    const accepted = await look('findings');
    expect(accepted).toMatchObject({
      outcome: 'pass',
      summary: 'No open finding is critical or high. 1 accepted.',
    });
    expect(accepted.observations[0]?.detail).toBe('accepted, high: Overflow');
    await addFinding(assetId, 'critical');
    expect(await look('findings')).toMatchObject({
      outcome: 'fail',
      failingTotal: 1,
      summary: '1 open finding is critical or high. 1 accepted.',
    });
    expect((await look('findings', ', scope: { assets: [other] }')).outcome).toBe('not_available');
  });
});

describe('queries', () => {
  const where = (condition: string, expected = 'atMost: 0', from = 'keys') =>
    look('query', `, parameters: { from: ${from}, where: [${condition}], expect: { ${expected} } }`);

  it('count rows by conditions, without a word of the file in a statement', async () => {
    await addKey("it's", '5 days');
    expect((await where('{ field: never_expires, op: is, value: true }')).outcome).toBe('fail');
    expect((await where('{ field: never_expires, op: is, value: false }')).outcome).toBe('pass');
    expect((await where('{ field: scopes, op: contains, value: keys:read }')).failingTotal).toBe(1);
    expect((await where('{ field: name, op: is, value: "it\'s" }')).outcome).toBe('fail');
    expect((await where('{ field: name, op: contains, value: "\'; drop table api_key; --" }')).outcome).toBe(
      'pass',
    );
    expect((await where('{ field: age, op: more_than, value: 3d }', 'atLeast: 1')).outcome).toBe('fail');
    expect((await where('{ field: age, op: less_than, value: 3d }', 'atLeast: 1')).outcome).toBe('pass');
    expect(
      (await where('{ field: role, op: is_not, value: operator }', 'atMost: 0', 'members')).outcome,
    ).toBe('pass');
    expect(
      (await where('{ field: last_sign_in, op: more_than, value: 30d }', 'atMost: 0', 'members')).outcome,
    ).toBe('pass');
    expect(
      (await where('{ field: action, op: is, value: key.created }', 'atLeast: 1', 'audit_events')).outcome,
    ).toBe('fail');
  });
});
