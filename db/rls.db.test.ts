import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './test/template';

/** Our own lint says why. */
const KNOWN_DEFINERS = new Set(['security definer function: keep_audit_partitions()']);
const SHARED_LINT = join(process.cwd(), '../shared/corpora/own/rls_lint.sql');
const A = '01930000-0000-7000-8000-00000000000a';
const B = '01930000-0000-7000-8000-00000000000b';
const KEY: Record<string, string> = {
  [A]: '01930000-0000-7000-8000-0000000000a1',
  [B]: '01930000-0000-7000-8000-0000000000b1',
};

let database: TestDatabase;
let admin: postgres.Sql;
let pools: Record<'rw' | 'ro' | 'gate', postgres.Sql>;

const open = (url: string, max: number) => postgres(url, { max, onnotice: () => undefined });

async function seed(sql: postgres.Sql, tenantId: string): Promise<void> {
  const key = KEY[tenantId] ?? '';
  const version = key.replace(/1$/, '2');
  await sql`insert into identity.tenant (id, slug, name) values (${tenantId}, ${`t-${tenantId.slice(-1)}-tenant`}, 'T')`;
  await sql`insert into api_key (tenant_id, id, name, environment, scopes) values (${tenantId}, ${key}, 'k', 'live', '{keys:read}')`;
  await sql`insert into api_key_version (tenant_id, id, key_id, number, public_id, digest, pepper_id, last4, state)
    values (${tenantId}, ${version}, ${key}, 1, ${`public${tenantId.slice(-1)}`}, 'd', 'p1', '1234', 'current')`;
  await sql`insert into audit_event (tenant_id, at, id, category, action, outcome, actor_type, request_id)
    values (${tenantId}, now(), ${key}, 'change', 'key.created', 'success', 'cli', 'r')`;
}

beforeAll(async () => {
  database = await createTestDatabase();
  admin = open(database.urls.superuser, 1);
  pools = { rw: open(database.urls.rw, 2), ro: open(database.urls.ro, 1), gate: open(database.urls.gate, 1) };
  await seed(admin, A);
  await seed(admin, B);
});
afterAll(async () => {
  await Promise.all([admin, ...Object.values(pools)].map((sql) => sql.end()));
  await database.drop();
});

/** Runs one statement as a role inside tenant A's scope. */
async function asTenant(role: keyof typeof pools, text: string, tenantId = A): Promise<postgres.Row[]> {
  return pools[role].begin(async (tx) => {
    await tx`select set_config('app.tenant_id', ${tenantId}, true)`;
    return [...(await tx.unsafe(text))];
  });
}

async function refusal(role: keyof typeof pools, text: string): Promise<string> {
  try {
    const rows = await asTenant(role, text);
    return `allowed: ${rows.length} rows`;
  } catch (error) {
    return error instanceof postgres.PostgresError ? error.code : String(error);
  }
}

describe('the lint of row-level security', () => {
  const own = () => admin.unsafe(readFileSync('db/rls-lint.sql', 'utf8'));

  it('finds nothing', async () => {
    expect([...(await own())]).toEqual([]);
  });

  it('finds nothing by the shared lint either', async ({ skip }) => {
    if (!existsSync(SHARED_LINT)) skip(`${SHARED_LINT} is not on this machine`);
    const text = readFileSync(SHARED_LINT, 'utf8').replace("'tenant'::text", "'tenant_id'::text");
    expect(text).toContain("'tenant_id'::text");
    const rows = await admin.unsafe<Record<string, string>[]>(text);
    const found = rows.flatMap((row) => Object.values(row)).filter((problem) => !KNOWN_DEFINERS.has(problem));
    expect(found).toEqual([]);
  });

  it.each([
    ['create table public.stray (id int primary key)', 'public.stray'],
    ['alter table api_key no force row level security', 'public.api_key'],
    ['create policy more on api_key for select using (tenant_id is not null)', 'public.api_key r'],
    ['create policy wide on identity.session for delete using (true)', 'identity.session wide'],
    ['create view public.keys as select * from api_key', 'public.keys'],
    ['create materialized view public.copy as select 1 as one', 'public.copy'],
    ['create function public.f() returns int language sql security definer as $$ select 1 $$', 'f()'],
    ['grant update on audit_event to app_rw', 'public.audit_event UPDATE to app_rw'],
    ['grant select on audit_event_default to app_ro', 'public.audit_event_default SELECT to app_ro'],
    ['grant truncate on key_usage to app_rw', 'public.key_usage TRUNCATE to app_rw'],
    ['grant select on api_key to public', 'public.api_key SELECT to PUBLIC'],
    ['grant create on schema public to app_rw', 'public app_rw'],
    ['alter table key_usage add constraint u unique (hour)', 'public.key_usage u'],
    ['alter role app_gate bypassrls', 'app_gate'],
    ['grant app_rw to app_gate', 'app_gate in app_rw'],
    ['alter table gate_revision owner to app_rw', 'public.gate_revision by app_rw'],
  ])('finds %s', async (mistake, object) => {
    const undo = new Error('undo');
    let found: postgres.Row[] = [];
    await admin
      .begin(async (tx) => {
        await tx.unsafe(mistake);
        found = [...(await tx.unsafe(readFileSync('db/rls-lint.sql', 'utf8')))];
        throw undo;
      })
      .catch((error: unknown) => {
        if (error !== undo) throw error;
      });
    expect(found.map((row) => row.object)).toContain(object);
  });
});

describe('every role', () => {
  it.each(['rw', 'ro', 'gate'] as const)('%s cannot step out of its place', async (role) => {
    expect(await refusal(role, 'create table public.mine (id int)')).toMatch(/42501|25006/);
    expect(await refusal(role, 'create temporary table mine (id int)')).toMatch(/42501|25006/);
    expect(await refusal(role, 'set role bulwark_migrator')).toBe('42501');
    expect(await refusal(role, 'set session authorization postgres')).toBe('42501');
    expect(await refusal(role, "copy api_key to program 'id'")).toMatch(/42501|25006/);
    expect(await refusal(role, "copy gate_revision to '/tmp/stolen'")).toBe('42501');
    expect(await refusal(role, "select pg_read_file('/etc/passwd')")).toBe('42501');
    expect(await refusal(role, 'alter table api_key disable row level security')).toMatch(/42501|25006/);
    expect(await refusal(role, 'drop table audit_event')).toMatch(/42501|25006/);
    expect(await refusal(role, 'insert into drizzle.__drizzle_migrations (hash) values (1)')).toMatch(
      /42501|25006/,
    );
    expect(await refusal(role, 'select ensure_audit_partitions(1)')).toMatch(/42501|25006/);
  });

  it.each(['rw', 'ro', 'gate'] as const)('%s cannot change or shorten the record', async (role) => {
    for (const text of [
      'update audit_event set outcome = $$x$$',
      'delete from audit_event',
      'truncate audit_event',
      'truncate api_key cascade',
      'select * from audit_event_default',
      'insert into audit_event_default select * from audit_event',
      'delete from api_key',
      'delete from api_key_version',
    ]) {
      expect(`${text}: ${await refusal(role, text)}`).toMatch(/(42501|25006)$/);
    }
    const [{ n } = { n: 0 }] = await admin`select count(*)::int as n from audit_event`;
    expect(n).toBeGreaterThanOrEqual(2);
  });

  it('reaches no month of the record but through the whole', async () => {
    const children =
      await admin`select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = 'audit_event'::regclass and c.relkind = 'r'`;
    expect(children.length).toBeGreaterThan(12);
    for (const { name } of children)
      expect(await refusal('rw', `select 1 from public.${name}`)).toBe('42501');
  });
});

describe('app_ro', () => {
  it('writes nothing and sees no digest, though the rows exist', async () => {
    expect(await asTenant('ro', 'select last4 from api_key_version')).toHaveLength(1);
    expect(await refusal('ro', 'select digest from api_key_version')).toBe('42501');
    expect(await refusal('ro', 'select pepper_id from api_key_version')).toBe('42501');
    expect(await refusal('ro', 'select token_digest from identity.session')).toBe('42501');
    expect(await refusal('ro', 'select * from idempotency_record')).toBe('42501');
    expect(await refusal('ro', `update api_key set name = 'x'`)).toBe('25006');
    expect(await refusal('ro', `set transaction read write; update api_key set name = 'x'`)).toMatch(
      /42501|25001/,
    );
    expect(await admin`select digest from api_key_version where tenant_id = ${A}`).toHaveLength(1);
  });
});

describe('app_gate', () => {
  it('reads what deciding needs, writes the record, and nothing else', async () => {
    expect(await refusal('gate', 'select digest, state from api_key_version')).toBe('allowed: 2 rows');
    for (const text of [
      'select description from api_key',
      'select created_by from api_key',
      'select last4 from api_key_version',
      'select * from audit_event',
      'select * from key_usage',
      'select * from identity.tenant',
      'select * from identity.membership',
      'select * from idempotency_record',
      `update api_key set name = 'x'`,
      `update api_key_version set state = 'current'`,
      'update gate_revision set revision = 0',
      `insert into gate_revision values ('${B}', 1)`,
    ]) {
      expect(`${text}: ${await refusal('gate', text)}`).toMatch(/42501$/);
    }
  });
});

describe('app_rw in the scope of one tenant', () => {
  const foreignKey = KEY[B];

  it('sees and changes its own rows only', async () => {
    expect(await asTenant('rw', 'select id from api_key')).toEqual([{ id: KEY[A] }]);
    expect(await asTenant('rw', `select id from api_key where id = '${foreignKey}'`)).toEqual([]);
    expect(
      await asTenant('rw', `update api_key set name = 'stolen' where id = '${foreignKey}' returning id`),
    ).toEqual([]);
    expect(await admin`select name from api_key where id = ${foreignKey ?? ''}`).toEqual([{ name: 'k' }]);
  });

  it.each([
    ['an insert for another tenant', `insert into gate_revision values ('${B}', 9)`, '42501'],
    ['a move to another tenant', `update api_key set tenant_id = '${B}'`, '42501'],
    [
      'a reference to a key of another tenant',
      `insert into key_usage (tenant_id, key_id, version_id, hour) values ('${A}', '${foreignKey}', '${foreignKey}', now())`,
      '23503',
    ],
    [
      'a record in another tenant',
      `insert into audit_event (tenant_id, at, id, category, action, outcome, actor_type, request_id)
        values ('${B}', now(), gen_random_uuid(), 'change', 'x', 'success', 'user', 'r')`,
      '42501',
    ],
    [
      'taking over by conflict',
      `insert into gate_revision values ('${B}', 9) on conflict (tenant_id) do update set revision = 9`,
      '42501',
    ],
  ])('is refused %s', async (_what, text, code) => {
    expect(await refusal('rw', text)).toBe(code);
  });

  it('sees nothing at all without a scope', async () => {
    for (const table of [
      'api_key',
      'api_key_version',
      'gate_revision',
      'key_usage',
      'audit_event',
      'identity.session',
      'identity.tenant',
    ]) {
      expect([table, (await pools.rw.unsafe(`select * from ${table}`)).length]).toEqual([table, 0]);
    }
    expect(await admin`select 1 from api_key`).toHaveLength(2);
  });
});

describe('two connections shared by 200 tenants', () => {
  it('show no foreign row in 10,000 transactions, aborted ones among them', async () => {
    const tenants = Array.from(
      { length: 200 },
      (_, i) => `01930000-0000-7000-9000-${String(i).padStart(12, '0')}`,
    );
    await admin`insert into gate_revision (tenant_id, revision) select unnest(${tenants}::uuid[]), 0`;
    let foreign = 0;
    let seen = 0;
    let aborted = 0;
    const abort = new Error('abort');

    async function one(): Promise<void> {
      const tenantId = tenants[Math.floor(Math.random() * tenants.length)] ?? '';
      const isAborted = Math.random() < 0.3;
      await pools.rw
        .begin(async (tx) => {
          const [row] =
            await tx`with s as materialized (select set_config('app.tenant_id', ${tenantId}, true) as t)
            select t from s`;
          if (row?.t !== tenantId) throw new Error('the scope was not set');
          const rows = await tx`update gate_revision set revision = revision + 1 returning tenant_id`;
          seen += rows.length;
          foreign += rows.filter((found) => found.tenant_id !== tenantId).length;
          if (isAborted && Math.random() < 0.5) await tx`select 1 / 0`;
          if (isAborted) throw abort;
        })
        .catch((error: unknown) => {
          if (error !== abort && !(error instanceof postgres.PostgresError && error.code === '22012'))
            throw error;
          aborted += 1;
        });
      if (Math.random() < 0.05) foreign += (await pools.rw`select 1 from gate_revision`).length;
    }

    let left = 10_000;
    const worker = async () => {
      while (left-- > 0) await one();
    };
    await Promise.all(Array.from({ length: 4 }, worker));
    expect(foreign).toBe(0);
    expect(seen).toBe(10_000);
    expect(aborted).toBeGreaterThan(2_000);
    const [{ n } = { n: 0 }] =
      await admin`select sum(revision)::int as n from gate_revision where tenant_id = any(${tenants})`;
    expect(n).toBe(10_000 - aborted);
  });
});
