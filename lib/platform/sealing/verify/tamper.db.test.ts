import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cliActor, newTenant, openScene, type Scene } from '@/db/test/scene';
import { newId } from '@/lib/platform/core/ids';
import { exitCodeOf, type Fault, type VerificationReport } from '../contract';
import { insertEvents } from '../test/scene';
import { openSealedLog, type SealedLog, TEST_SECRET } from '../test/sealed-log';
import { ringOfSecrets } from './key-ring';
import { localRunner } from './local-runner';
import { verifyDatabase } from './run-verification';

let scene: Scene;
let log: SealedLog;
let tenantId: string;
let ids: string[];
const tenants: string[] = [];

beforeAll(async () => {
  scene = await openScene();
  log = openSealedLog(() => tenants);
});
afterAll(() => scene.close());
beforeEach(async () => {
  tenants.length = 0;
  tenantId = await newTenant(`t-${newId().slice(-12)}`);
  tenants.push(tenantId);
  ids = [
    ...(await insertEvents(scene.admin, tenantId, 300)),
    ...(await insertEvents(scene.admin, tenantId, 300)),
  ];
  await log.seal(tenantId, 250);
  await log.publish();
});

async function verify(actors = [tenantId], secret = TEST_SECRET): Promise<VerificationReport> {
  return verifyDatabase({
    actors: actors.map(cliActor),
    isComplete: false,
    runner: localRunner,
    ring: ringOfSecrets([secret]),
    policy: null,
    secrets: [secret],
    startedBy: 'test',
  });
}

const short = ({ kind, index, eventId }: Fault) => ({ kind, index, eventId });
async function faults(actors?: string[]) {
  const report = await verify(actors);
  return {
    faults: report.faults.map(short),
    code: exitCodeOf(report.faults),
    messages: report.faults.map((each) => each.message),
  };
}
const where = (n: number) => scene.admin`tenant_id = ${tenantId} and id = ${ids[n] ?? ''}`;

describe('a verification against the database', () => {
  it('finds nothing in an untouched log, and says how much it looked at', async () => {
    const report = await verify();
    expect(report).toMatchObject({
      faults: [],
      leaves: 600,
      rows: 600,
      pending: 0,
      erased: 0,
      retired: 0,
      isWitnessed: null,
    });
    expect(report.logs.find((each) => each.tenantId === tenantId)?.checkpoint?.size).toBe(600);
    expect(exitCodeOf(report.faults)).toBe(0);
  });

  it('one microsecond of a time', async () => {
    await scene.admin`update audit_event set at = at + interval '1 microsecond' where ${where(100)}`;
    expect(await faults()).toMatchObject({
      faults: [{ kind: 'content_changed', index: 100, eventId: ids[100] }],
      code: 10,
    });
  });

  it('one microsecond of the first and of the last time', async () => {
    await scene.admin`update audit_event set at = at - interval '1 microsecond' where ${where(0)}`;
    await scene.admin`update audit_event set at = at + interval '1 microsecond' where ${where(599)}`;
    expect((await faults()).faults).toEqual([
      { kind: 'content_changed', index: 0, eventId: ids[0] },
      { kind: 'content_changed', index: 599, eventId: ids[599] },
    ]);
  });

  it('a number of JSON spelled otherwise', async () => {
    await scene.admin`update audit_event set details = jsonb_set(details, '{nested,a,0}', '1.0') where ${where(101)}`;
    expect(await faults()).toMatchObject({ faults: [{ kind: 'content_changed', index: 101 }], code: 10 });
  });

  it.each([
    "recorded_at = recorded_at + interval '1 microsecond'",
    "category = 'access'",
    "action = 'key.created'",
    "outcome = 'denied'",
    "code = 'X'",
    "actor_type = 'cli'",
    'actor_id = null',
    "actor_label = 'Person  103'",
    'session_id = gen_random_uuid()',
    'key_id = gen_random_uuid()',
    'key_version_id = gen_random_uuid()',
    "ip = '10.0.102.0/31'",
    'user_agent = \'test "agent" \\ e\'',
    "method = 'patch'",
    "host = ''",
    "path = path || '/'",
    'status = 201',
    'duration_us = null',
    "target_type = 'Key'",
    'target_id = upper(target_id)',
    'target_label = null',
    "reason = coalesce(reason, '') || ' '",
    "request_id = 'req-103 '",
    "details = '{}'",
    'details = null',
    'schema_version = 2',
    'id = gen_random_uuid()',
  ])('any other change of a row: %s', async (change) => {
    await scene.admin.unsafe(
      `update audit_event set ${change} where tenant_id = '${tenantId}' and id = '${ids[101]}'`,
    );
    const found = await faults();
    expect(found.faults.map(({ kind, index }) => ({ kind, index }))).toEqual([
      { kind: 'content_changed', index: 101 },
    ]);
  });

  it('the contents of two rows exchanged', async () => {
    await scene.admin`
      update audit_event e set actor_label = o.actor_label, actor_id = o.actor_id, ip = o.ip, path = o.path,
        target_id = o.target_id, target_label = o.target_label, reason = o.reason, request_id = o.request_id, details = o.details
      from audit_event o where e.tenant_id = ${tenantId} and o.tenant_id = ${tenantId}
        and ((e.id = ${ids[10] ?? ''} and o.id = ${ids[11] ?? ''}) or (e.id = ${ids[11] ?? ''} and o.id = ${ids[10] ?? ''}))`;
    const found = await faults();
    expect(found.code).toBe(13);
    expect(found.faults.map(({ kind, index }) => ({ kind, index }))).toEqual([
      { kind: 'order_changed', index: 10 },
      { kind: 'order_changed', index: 11 },
    ]);
  });

  it('the times of two rows exchanged', async () => {
    await scene.admin`
      update audit_event e set at = o.at from audit_event o where e.tenant_id = ${tenantId} and o.tenant_id = ${tenantId}
        and ((e.id = ${ids[20] ?? ''} and o.id = ${ids[500] ?? ''}) or (e.id = ${ids[500] ?? ''} and o.id = ${ids[20] ?? ''}))`;
    expect(await faults()).toMatchObject({
      faults: [
        { kind: 'order_changed', index: 20, eventId: ids[20] },
        { kind: 'order_changed', index: 500, eventId: ids[500] },
      ],
      code: 13,
    });
  });

  it('the last row deleted, and one in the midst', async () => {
    await scene.admin`delete from audit_event where ${where(599)}`;
    await scene.admin`delete from audit_event where ${where(300)}`;
    expect(await faults()).toMatchObject({
      faults: [
        { kind: 'row_missing', index: 300 },
        { kind: 'row_missing', index: 599 },
      ],
      code: 11,
    });
  });

  it('a row inserted among sealed ones, as if it had always been there', async () => {
    await scene.admin`
      insert into audit_event (tenant_id, at, id, recorded_at, category, action, outcome, actor_type, request_id)
      select tenant_id, at + interval '1 microsecond', ${newId()}, at, category, action, outcome, actor_type, 'r'
      from audit_event where ${where(200)}`;
    const found = await faults();
    expect(found).toMatchObject({ faults: [{ kind: 'row_extra' }], code: 12 });
    expect(found.faults[0]?.index).toBe(201);
  });

  it('the same with a forged transaction', async () => {
    await scene.admin.begin(async (tx) => {
      await tx`alter table audit_event disable trigger audit_event_sealable`;
      await tx`
        insert into audit_event (tenant_id, at, id, recorded_at, category, action, outcome, actor_type, request_id, xact)
        select tenant_id, at + interval '1 microsecond', ${newId()}, at, category, action, outcome, actor_type, 'r', xact
        from audit_event where ${where(200)}`;
      await tx`alter table audit_event enable trigger audit_event_sealable`;
    });
    expect(await faults()).toMatchObject({ faults: [{ kind: 'row_extra', index: 201 }], code: 12 });
  });

  it('a row moved to another tenant', async () => {
    const other = await newTenant(`t-${newId().slice(-12)}`);
    tenants.push(other);
    await insertEvents(scene.admin, other, 10);
    await log.seal(other);
    await log.publish();
    await scene.admin`update audit_event set tenant_id = ${other} where ${where(123)}`;
    const found = await faults([tenantId, other]);
    expect(found.faults).toEqual([
      { kind: 'row_missing', index: 123, eventId: ids[123] },
      { kind: 'row_extra', index: expect.any(Number), eventId: ids[123] },
    ]);
    expect(found.messages[0]).toContain(other);
    expect(found.messages[1]).toContain(tenantId);
  });

  it('the hashes of the tree rewritten with the rows', async () => {
    await scene.admin`
      update audit_batch set hashes = overlay(hashes placing decode(repeat('ab', 32), 'hex') from 33)
      where tenant_id = ${tenantId} and first_index = 0`;
    const found = await faults();
    expect(found.faults.map(({ kind }) => kind)).toContain('tree_forked');
    expect(found.faults.map(({ kind }) => kind)).toContain('content_changed');
  });

  it('the end of the log cut off with its leaves', async () => {
    await scene.admin`delete from audit_batch where tenant_id = ${tenantId} and first_index >= 500`;
    await scene.admin`delete from audit_event where tenant_id = ${tenantId} and id = any(${ids.slice(500)}::uuid[])`;
    expect((await faults()).code).toBe(15);
    await scene.admin`update audit_log set size = 500 where tenant_id = ${tenantId}`;
    expect((await faults()).code).toBe(15);
    await scene.admin`delete from audit_checkpoint where tenant_id = ${tenantId} and size > 500`;
    const report = await verifyDatabase({
      ...{
        actors: [cliActor(tenantId)],
        isComplete: true,
        runner: localRunner,
        ring: ringOfSecrets([TEST_SECRET]),
      },
      ...{ policy: null, secrets: [TEST_SECRET], startedBy: 'test' },
    });
    expect(report.faults.map(({ kind }) => kind)).toContain('tree_forked');
  });

  it('a checkpoint signed by another key, and one that is not signed at all', async () => {
    const report = await verify([tenantId], 'another secret of at least 32 letters');
    expect(exitCodeOf(report.faults)).toBe(16);
    await scene.admin`update audit_checkpoint set note = replace(note, E'\n600\n', E'\n601\n') where tenant_id = ${tenantId}`;
    expect((await faults()).code).toBe(16);
  });

  it('events that nobody has sealed for two minutes', async () => {
    const [young] = await insertEvents(scene.admin, tenantId, 1);
    const waiting = await verify();
    expect(waiting).toMatchObject({ faults: [], pending: 1 });
    await scene.admin`update audit_log set snapshot_at = snapshot_at - interval '1 hour' where tenant_id = ${tenantId}`;
    await scene.admin`update audit_event set at = at - interval '3 minutes', recorded_at = at where id = ${young ?? ''}`;
    expect(await faults()).toMatchObject({ faults: [{ kind: 'unsealed_late', eventId: young }], code: 14 });
  });

  it('tells events from before sealing began from those that waited for long', async () => {
    const old = await newTenant(`t-${newId().slice(-12)}`);
    const insertOld = async (count: number) => {
      const inserted = await insertEvents(scene.admin, old, count);
      await scene.admin`update audit_event set at = at - interval '40 days', recorded_at = at - interval '40 days'
        where tenant_id = ${old} and id = any(${inserted}::uuid[])`;
    };
    await insertOld(700);
    expect(await log.seal(old, 250)).toBe(700);
    tenants.push(old);
    await log.publish();
    expect(await verify([old])).toMatchObject({ faults: [], rows: 700, before: 700, late: { count: 0 } });

    await scene.admin.begin(async (tx) => {
      await tx`insert into audit_event (tenant_id, at, id, recorded_at, category, action, outcome, actor_type, request_id)
        values (${old}, now() - interval '2 hours', ${newId()}, now(), 'change', 'key.created', 'success', 'user', 'r')`;
    });
    // It was under way for two hours, as far as anyone can tell.
    const other = openSealedLog(() => tenants);
    await scene.admin`update audit_log set snapshot = null, horizon_at = null where tenant_id = ${old}`;
    expect(await other.seal(old)).toBe(2);
    expect(await verify([old])).toMatchObject({
      faults: [],
      before: 700,
      late: { count: 1, leaves: [700] },
    });
  });

  it('goes on where a run was stopped', async () => {
    await scene.admin`
      insert into audit_verification (tenant_id, id, started_by, state, progress) values (${tenantId}, ${newId()}, 'test',
        'running', ${JSON.stringify({ done: 0, parts: {}, rows: 7, leaves: 0, erased: 0, before: 0, lateCount: 0, late: [], missing: {}, changed: {}, extra: [], unlisted: 0, faults: [] })}::text::jsonb)`;
    const report = await verifyDatabase({
      ...{
        actors: [cliActor(tenantId)],
        isComplete: false,
        runner: localRunner,
        ring: ringOfSecrets([TEST_SECRET]),
      },
      ...{ policy: null, secrets: [TEST_SECRET], startedBy: 'test', resume: true },
    });
    expect(report.rows).toBe(607);
  });
});
