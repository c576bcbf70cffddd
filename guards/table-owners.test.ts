// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the planted code has holes in its templates
import { expect, test } from 'vitest';
import { plantTree } from './planted-tree';
import { checkTableOwners } from './table-owners';

const ownership = {
  owners: {
    api_key: 'access/api-keys',
    session: 'platform/auth',
    tenant: 'platform/tenancy',
    job: 'platform/jobs',
  },
  readByAll: ['tenant'],
  readByTheGate: ['api_key'],
};
const schema = {
  'db/schema/tables.ts': `export const apiKey = pgTable('api_key', {});
    export const session = identity.table('session', {});
    export const tenant = identity.table('tenant', {});`,
  'lib/access/api-keys/own.ts': 'export const own = sql`select 1 from api_key`;',
  'lib/platform/auth/own.ts': 'export const own = sql`delete from identity.session`;',
  'lib/platform/tenancy/own.ts': 'export const own = sql`update identity.tenant set name = 1`;',
  'lib/platform/jobs/own.ts': 'export const own = sql`select 1 from pgboss.job`;',
};

const check = (text: string, file = 'lib/insight/overview/read.ts') =>
  checkTableOwners(plantTree({ ...schema, [file]: text }), ownership);

test('accepts each room with its own tables', () => expect(check('export const nothing = 1;')).toEqual([]));

test.each([
  ['a select', 'const q = sql`select count(*) from api_key k where true`;'],
  ['a schema before it', 'const q = sql`select 1 from public.api_key`;'],
  ['quotes around it', 'const q = sql`select 1 from "public"."api_key"`;'],
  ['a join', 'const q = sql`select 1 from identity.tenant t left join api_key k on true`;'],
  ['a comma', 'const q = sql`select 1 from identity.tenant t, api_key k where true`;'],
  ['a comma behind a subquery', 'const q = sql`select 1 from (select 1 from identity.tenant) t, api_key`;'],
  [
    'a lateral subquery',
    'const q = sql`select 1 from identity.tenant t cross join lateral (select 1 from api_key) k`;',
  ],
  ['an exists', 'const q = sql`select exists (select from api_key)`;'],
  ['a line break', 'const q = sql`select 1\n  from\n    api_key`;'],
  ['a comment in between', 'const q = sql`select 1 from -- the keys\n api_key`;'],
  ['capitals', 'const q = sql`SELECT 1 FROM API_KEY`;'],
  ['a part of a statement', 'const part = sql`api_key where revoked_at is null`;'],
  ['a part that is the table alone', 'const part = sql`api_key`;'],
  ['a column by its table', 'const part = sql`api_key.revoked_at is null`;'],
  ['a hole in front of it', 'const q = sql`select 1 from ${schema}.api_key`;'],
  ['raw text', "const q = sql.raw('select 1 from api_key');"],
  ['an identifier', "const q = sql`select 1 from ${sql.identifier('api_key')}`;"],
  ['a driver call', "const q = tx.unsafe('select 1 from api_key');"],
  ['a plain text that is SQL', "export const Q = 'select 1 from api_key where id = $1';"],
  ['a text with holes', 'export const Q = `select 1 from api_key where id = ${id}`;'],
  ['a typed tag', 'const q = sql<{ id: string }>`select 1 from api_key`;'],
  ['a part of a with', 'const q = sql`with k as materialized (select 1 from api_key) select * from k`;'],
  ['drizzle', "import { apiKey } from '@/db/schema/tables';\nexport const q = tx.select().from(apiKey);"],
  ['drizzle under another name', "import { apiKey as k } from '../../../db/schema/tables';"],
  ['its type', "import type { apiKey } from '@/db/schema/tables';"],
  ['the whole schema', "import * as schema from '@/db/schema/tables';"],
])('refuses a stranger who reads with %s', (_, text) => {
  const problems = check(text);
  expect(problems[0]).toMatch(
    /^lib\/insight\/overview\/read[.]ts:\d+ (reads|writes) "\w+", which belongs to/,
  );
});

test.each([
  ['an insert', 'const q = sql`insert into identity.session (id) values (1)`;'],
  ['an update', 'const q = sql`update identity.session set x = 1`;'],
  ['an update of one alone', 'const q = sql`update only identity.session set x = 1`;'],
  ['a delete', 'const q = sql`delete from identity.session where true`;'],
  ['a merge', 'const q = sql`merge into identity.session s using x on true`;'],
  ['drizzle', "import { session } from '@/db/schema/tables';\nexport const q = tx.update(session).set({});"],
])('says which verb to call where a stranger writes with %s', (_, text) => {
  expect(check(text)[0]).toMatch(
    /writes "session", which belongs to platform\/auth: call a verb of lib\/platform\/auth/,
  );
});

test.each([
  ['a name of a with', 'const q = sql`with session as (select 1) select * from session`;'],
  [
    'a name of a later part of a with',
    'const q = sql`with a as (select 1), session (x) as (select 1) select * from session`;',
  ],
  ['a column', 'const q = sql`select session, s.session from t s where session = 1`;'],
  ['a column of an alias', 'const q = sql`select session.x from t as session`;'],
  ['a text within a statement', "const q = sql`select 'from api_key'`;"],
  ['a comment', 'const q = sql`select 1 -- from api_key`;'],
  ['a sentence', "const words = 'Tells where each session ended.';"],
  ['a table of everybody', 'const q = sql`select 1 from identity.tenant`;'],
])('accepts %s', (_, text) => expect(check(text)).toEqual([]));

test('refuses to write a table that everybody may read', () => {
  expect(check('const q = sql`update identity.tenant set name = 1`;')[0]).toContain('writes "tenant"');
  expect(
    check("import { tenant } from '@/db/schema/tables';\nexport const q = tx.delete(tenant).where(x);")[0],
  ).toContain('writes "tenant"');
});

test('lets the gate read what it decides by, and nothing else', () => {
  expect(check("export const Q = 'select 1 from api_key';", 'db/gate-sql.ts')).toEqual([]);
  expect(check("export const Q = 'select 1 from session';", 'db/gate-sql.ts')).toHaveLength(1);
  expect(check("export const Q = 'select 1 from api_key';", 'db/other.ts')).toHaveLength(1);
  expect(check('const q = sql`select 1 from api_key`;', 'lib/processes/cli/run.ts')).toHaveLength(1);
});

test('does not look at tests', () => {
  expect(check('const q = sql`select 1 from api_key`;', 'lib/insight/overview/read.db.test.ts')).toEqual([]);
});

test('wants an owner for every table, and a room for every owner', () => {
  const root = plantTree({
    ...schema,
    'db/schema/new.ts': "export const grant = pgTable('grant', {});",
    'drizzle/0001_more.sql':
      'CREATE TABLE public.tally (id int);\nCREATE TABLE public.old (id int);\nDROP TABLE public.old;',
  });
  const gone = {
    ...ownership,
    owners: { ...ownership.owners, left: 'access/api-keys', lost: 'access/nowhere' },
  };
  expect(checkTableOwners(root, gone)).toEqual([
    'drizzle/0001_more.sql "tally" has no owner. Name its room in db/schema/owners.ts.',
    expect.stringMatching(/^db\/schema\/new[.]ts:1 "grant" has no owner/),
    'db/schema/owners.ts "left" is no table any more. Remove it.',
    'db/schema/owners.ts "lost" belongs to access/nowhere, which is no room of lib/.',
    'db/schema/owners.ts "lost" is no table any more. Remove it.',
  ]);
});
