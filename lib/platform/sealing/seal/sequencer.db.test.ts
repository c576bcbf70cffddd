import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newTenant, openScene, type Scene } from '@/db/test/scene';
import { microsecondsOf } from '@/lib/platform/audit/sealable-rows';
import { newId } from '@/lib/platform/core/ids';
import { insertEvents } from '../test/scene';
import { openLog } from './open-log';
import { decodePlaces } from './places';
import { sealTenant } from './seal-tenant';
import { TransactionTimes } from './snapshots';

let scene: Scene;
let writer: postgres.Sql;
let tenantId: string;
let times: TransactionTimes;

beforeAll(async () => {
  scene = await openScene();
  writer = postgres(scene.urls.superuser, { max: 4, onnotice: () => undefined });
});
afterAll(async () => {
  await writer.end();
  await scene.close();
});
beforeEach(async () => {
  tenantId = await newTenant(`t-${newId().slice(-12)}`);
  times = new TransactionTimes();
  await openLog(tenantId, 'log.example');
});

async function seal(chunkRows?: number): Promise<number> {
  let leaves = 0;
  for (let i = 0; i < 1000; i++) {
    const result = await sealTenant(tenantId, { times, ...(chunkRows ? { chunkRows } : {}) });
    leaves += result?.leaves ?? 0;
    if (!result || result.isDone) return leaves;
  }
  throw new Error('The backlog has no end.');
}

/** Ids of the sealed events in the order of the tree, found by their places. */
async function sealedIds(): Promise<string[]> {
  const batches = await scene.admin<
    { firstIndex: string; leaves: number; firstAt: string; places: Buffer }[]
  >`
    select first_index as "firstIndex", leaves, places,
      to_char(first_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as "firstAt"
    from audit_batch where tenant_id = ${tenantId} order by incarnation, first_index`;
  const rows = await scene.admin<{ id: string; at: string }[]>`
    select id, to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at
    from audit_event where tenant_id = ${tenantId}`;
  const byPlace = new Map(
    rows.map(({ id, at }) => [`${microsecondsOf(at)}:${Number.parseInt(id.slice(-8), 16)}`, id]),
  );
  let next = 0;
  return batches.flatMap(({ firstIndex, leaves, firstAt, places }) => {
    expect(Number(firstIndex)).toBe(next);
    next += leaves;
    const decoded = decodePlaces(places, microsecondsOf(firstAt), leaves);
    return Array.from(
      { length: leaves },
      (_, i) => byPlace.get(`${decoded.times[i]}:${decoded.tags[i]}`) ?? '?',
    );
  });
}

describe('the sequencer', () => {
  it('seals what is committed, once, in chunks that go on where the last one ended', async () => {
    const ids = await insertEvents(writer, tenantId, 1000);
    expect(await seal(300)).toBe(1000);
    expect(await seal(300)).toBe(0);
    const more = await insertEvents(writer, tenantId, 5);
    expect(await seal()).toBe(5);
    expect((await sealedIds()).toSorted()).toEqual([...ids, ...more].toSorted());
  });

  it('seals a transaction that commits late behind those that committed before (test 6)', async () => {
    const late = await writer.reserve();
    await late`begin`;
    const [first] = await insertEvents(late as unknown as postgres.Sql, tenantId, 1);
    await insertEvents(writer, tenantId, 1000);
    expect(await seal()).toBe(1000);
    expect(await seal()).toBe(0);
    await late`commit`;
    late.release();
    expect(await seal()).toBe(1);
    const ids = await sealedIds();
    expect(ids).toHaveLength(1001);
    expect(ids.at(-1)).toBe(first);
    expect(new Set(ids).size).toBe(1001);
  });

  it('seals a late event also after a restart, which knows of no transaction', async () => {
    const late = await writer.reserve();
    await late`begin`;
    await insertEvents(late as unknown as postgres.Sql, tenantId, 1);
    await insertEvents(writer, tenantId, 10);
    expect(await seal()).toBe(10);
    times = new TransactionTimes();
    await late`commit`;
    late.release();
    expect(await seal()).toBe(1);
  });

  it('leaves what commits during a long pass to the next one', async () => {
    await insertEvents(writer, tenantId, 50);
    const first = await sealTenant(tenantId, { times, chunkRows: 20 });
    expect(first).toMatchObject({ leaves: 20, isDone: false });
    await insertEvents(writer, tenantId, 30);
    const [{ before = '' } = {}] = await writer<{ before: string }[]>`
      select min(at)::text as before from audit_event where tenant_id = ${tenantId}`;
    await writer`insert into audit_event (tenant_id, at, id, category, action, outcome, actor_type, request_id)
      values (${tenantId}, ${before}::timestamptz, ${newId()}, 'decision', 'gate.verify', 'success', 'key', 'r')`;
    expect(await seal(20)).toBe(30);
    expect(await seal(20)).toBe(31);
    expect(new Set(await sealedIds()).size).toBe(81);
  });

  it('two take turns, and never seal an event twice', async () => {
    await insertEvents(writer, tenantId, 400);
    const results = await Promise.allSettled(
      Array.from({ length: 4 }, () => sealTenant(tenantId, { times, chunkRows: 100 })),
    );
    expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
    await seal();
    expect(new Set(await sealedIds()).size).toBe(400);
  });

  it('seals events of a restored dump, whose transactions this server never ran', async () => {
    await insertEvents(writer, tenantId, 10);
    await seal();
    await insertEvents(writer, tenantId, 7);
    await scene.admin`update audit_event set xact = '900000000000' where tenant_id = ${tenantId}
      and (at, id) in (select at, id from audit_event where tenant_id = ${tenantId} order by at desc limit 7)`;
    expect(await seal()).toBe(7);
    expect(await seal()).toBe(0);
    await insertEvents(writer, tenantId, 3);
    expect(await seal()).toBe(3);
    expect(new Set(await sealedIds()).size).toBe(20);
  });

  it('goes on where the server is another one, with smaller numbers of transactions', async () => {
    await insertEvents(writer, tenantId, 10);
    await seal();
    await scene.admin`update audit_log set snapshot = '900000000000:900000000000:' where tenant_id = ${tenantId}`;
    await insertEvents(writer, tenantId, 30);
    expect(await seal(8)).toBe(30);
    await insertEvents(writer, tenantId, 2);
    expect(await seal()).toBe(2);
    expect(new Set(await sealedIds()).size).toBe(42);
  });

  it('refuses a batch that does not begin where the tree ends', async () => {
    await insertEvents(writer, tenantId, 3);
    await seal();
    for (const first of [0, 2, 4]) {
      await expect(
        scene.admin`insert into audit_batch (tenant_id, incarnation, first_index, leaves, first_at, last_at, places, hashes, salts)
          values (${tenantId}, 1, ${first}, 1, now(), now(), '', decode(repeat('00', 32), 'hex'), '')`,
      ).rejects.toThrow(/the tree ends at 3/);
    }
  });
});

describe('an event that cannot be sealed', () => {
  const insert = (details: string, more: Record<string, unknown> = {}) =>
    scene.admin`insert into audit_event (tenant_id, at, id, category, action, outcome, actor_type, request_id, details,
      schema_version) values (${tenantId}, now(), ${newId()}, 'change', 'key.updated', 'success', 'user', 'r',
      ${details}::text::jsonb, ${Number(more.version ?? 1)})`;

  it.each([
    ['70 kB of details', JSON.stringify({ text: 'x'.repeat(70_000) }), 'audit_event_details_size'],
    ['an integer beyond 2^53', '{"n": 9007199254740993}', 'audit_event_details_numbers'],
    [
      'more digits than a double has',
      '{"a": [{"n": 0.12345678901234567891}]}',
      'audit_event_details_numbers',
    ],
    ['a number beyond a double', '{"n": 1e400}', 'audit_event_details_numbers'],
    ['a number below one', '{"n": 1e-400}', 'audit_event_details_numbers'],
  ])('is refused by name: %s', async (_, details, name) => {
    await expect(insert(details)).rejects.toMatchObject({ code: '23514', constraint_name: name });
  });

  it('is refused with a version that no encoder knows', async () => {
    await expect(insert('{}', { version: 2 })).rejects.toMatchObject({
      constraint_name: 'audit_event_schema_version',
    });
  });

  it.each([
    JSON.stringify({ text: 'x'.repeat(59_000) }),
    '{"n": 9007199254740992}',
    '{"n": 0.30000000000000004, "m": 5e-324, "k": 1.7976931348623157e308, "z": 0.00000000000000000000}',
    '{"text": "12345678901234567890"}',
  ])('is not %#', async (details) => {
    await insert(details);
  });

  it('cannot claim another transaction than its own', async () => {
    await scene.admin`insert into audit_event (tenant_id, at, id, category, action, outcome, actor_type, request_id, xact)
      values (${tenantId}, now(), ${newId()}, 'change', 'key.updated', 'success', 'user', 'r', '3')`;
    const [row] = await scene.admin<{ isOld: boolean }[]>`
      select xact = '3'::xid8 as "isOld" from audit_event where tenant_id = ${tenantId}`;
    expect(row?.isOld).toBe(false);
  });
});
