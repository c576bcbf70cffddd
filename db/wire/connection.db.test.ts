import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '@/db/test/template';
import { openPool, type Pool } from '../connect';
import { BindWriter, OID } from './bind-writer';
import { WireConnection } from './connection';

let database: TestDatabase;
let pool: Pool;
let pieceOid: number;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = openPool(database.urls.superuser, { max: 2 });
  await pool.sql`create table written (i bigserial, u uuid, t text, s int2, n int4, at timestamptz, b int8)`;
  await pool.sql`create type piece as (u uuid, t text, s int2, n int4, at timestamptz)`;
  const [type] = await pool.sql`select 'piece'::regtype::oid::int8::float8 as oid`;
  pieceOid = type?.oid;
  await pool.sql`grant insert on written to app_gate`;
  await pool.sql`grant usage on sequence written_i_seq to app_gate`;
});
afterAll(async () => {
  await pool.sql.end();
  await database.drop();
});

const INSERT = `insert into written (u, t, s, n, at, b)
  select p.u, p.t, p.s, p.n, p.at, b.b from unnest($1::piece[]) with ordinality as p
    join unnest($2::int8[]) with ordinality as b(b, ordinality) using (ordinality)
  where $3 > $4 and $5::uuid[] = array['01930000-0000-7000-8000-00000000abcd']::uuid[] order by ordinality`;
const TYPES = [OID.unspecified, OID.int8Array, OID.timestamptz, OID.timestamptz, OID.uuidArray];

interface Row {
  u: string | null;
  t: string | null;
  s: number;
  n: number;
  b: number;
  atMs: number;
}

function open(onLost: (error: unknown) => void = () => undefined): Promise<WireConnection> {
  const settings = { application_name: 'wire test', synchronous_commit: 'on' };
  return WireConnection.open({ url: database.urls.gate, settings, connectTimeoutMs: 5_000 }, onLost);
}

const writer = new BindWriter();

function insert(rows: readonly Row[], fromMs = Number.MAX_SAFE_INTEGER, toMs = 0): Buffer {
  writer.begin('insert', TYPES.length);
  writer.records(pieceOid, 5, rows, (row) => {
    writer.uuidField(row.u);
    writer.textField(row.t);
    writer.int2Field(row.s);
    writer.int4Field(row.n);
    writer.timestampField(row.atMs);
  });
  writer.int8s(rows.map((row) => row.b));
  writer.timestamp(fromMs);
  writer.timestamp(toMs);
  writer.uuids(['01930000-0000-7000-8000-00000000abcd']);
  return writer.finish();
}

const PLAIN: Row = { u: null, t: 'plain', s: 1, n: 1, b: 1, atMs: 0 };

describe('WireConnection against Postgres', () => {
  it('writes every type as Postgres reads it', async () => {
    const connection = await open();
    await connection.prepare('insert', INSERT, TYPES);
    const rows: Row[] = [
      {
        u: '01930000-0000-7000-8000-00000000abcd',
        t: 'short',
        s: 32767,
        n: 2147483647,
        b: 2 ** 53 - 1,
        atMs: 1.5,
      },
      {
        u: 'FFFFFFFF-ffff-7fff-bfff-ffffffffffff',
        t: 'Zoë’s 鍵 🔑',
        s: -32768,
        n: -2147483648,
        b: -(2 ** 53),
        atMs: -1,
      },
      { u: null, t: null, s: 0, n: 0, b: 4294967296, atMs: 1_795_301_011_358.123 },
      { u: null, t: '', s: -1, n: -1, b: -1, atMs: 946_684_800_000 },
      { u: null, t: 'ü'.repeat(100_000), s: 1, n: 1, b: 1, atMs: Number.POSITIVE_INFINITY },
    ];
    expect(await connection.execute(insert(rows))).toBe(rows.length);
    const read = await pool.sql`select u::text, t, s, n, b::text, at::text from written order by i`;
    expect(read.map((row) => ({ ...row }))).toEqual([
      {
        u: rows[0]?.u,
        t: 'short',
        s: 32767,
        n: 2147483647,
        b: '9007199254740991',
        at: '1970-01-01 00:00:00.0015+00',
      },
      {
        u: rows[1]?.u?.toLowerCase(),
        t: rows[1]?.t,
        s: -32768,
        n: -2147483648,
        b: '-9007199254740992',
        at: '1969-12-31 23:59:59.999+00',
      },
      { u: null, t: null, s: 0, n: 0, b: '4294967296', at: '2026-11-21 22:43:31.358123+00' },
      { u: null, t: '', s: -1, n: -1, b: '-1', at: '2000-01-01 00:00:00+00' },
      { u: null, t: rows[4]?.t, s: 1, n: 1, b: '1', at: 'infinity' },
    ]);
    await connection.close();
  });

  it('says how many rows were inserted, in order, also where none was', async () => {
    const connection = await open();
    await connection.prepare('insert', INSERT, TYPES);
    expect(await connection.execute(insert([PLAIN], 0, 1))).toBe(0);
    expect(await connection.execute(insert([]))).toBe(0);
    expect(await connection.execute(insert(Array.from({ length: 3_000 }, () => PLAIN)))).toBe(3_000);
    await connection.close();
  });

  it('stays usable after an error, and inserts nothing of the failed statement', async () => {
    const connection = await open();
    await connection.prepare('insert', INSERT, TYPES);
    const failing = insert([PLAIN, { ...PLAIN, t: 'a\u0000b' }]);
    await expect(connection.execute(failing)).rejects.toMatchObject({ name: 'PostgresError', code: '22021' });
    await expect(connection.prepare('bad', 'insert into nowhere values (1)', [])).rejects.toMatchObject({
      code: '42P01',
    });
    expect(await connection.execute(insert([PLAIN]))).toBe(1);
    await connection.close();
  });

  it('reports a wrong password and a missing database with their SQLSTATE', async () => {
    const settings = { application_name: 'wire test' };
    const wrong = new URL(database.urls.gate);
    wrong.password = 'wrong';
    const attempt = (url: string) =>
      WireConnection.open({ url, settings, connectTimeoutMs: 5_000 }, () => {
        throw new Error('never open, so never lost');
      });
    await expect(attempt(wrong.href)).rejects.toMatchObject({ code: '28P01', severity: 'FATAL' });
    const missing = new URL(database.urls.gate);
    missing.pathname = '/nowhere';
    await expect(attempt(missing.href)).rejects.toMatchObject({ code: expect.stringMatching(/3D000|42501/) });
  });

  it('notices that the server ended it', async () => {
    const lost: unknown[] = [];
    const connection = await open((error) => lost.push(error));
    await pool.sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'wire test'`;
    await expect.poll(() => lost.length).toBe(1);
    await expect(connection.execute(insert([PLAIN]))).rejects.toMatchObject({ code: '57P01' });
  });
});
