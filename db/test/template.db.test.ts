import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from './template';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

async function query(url: string, text: string): Promise<postgres.RowList<postgres.Row[]>> {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  try {
    return await sql.unsafe(text);
  } finally {
    await sql.end();
  }
}

describe('createTestDatabase', () => {
  it('gives each role its own connection to a migrated database', async () => {
    const users: [string, string][] = [
      [database.urls.migrator, 'bulwark_migrator'],
      [database.urls.rw, 'app_rw'],
      [database.urls.ro, 'app_ro'],
      [database.urls.gate, 'app_gate'],
    ];
    for (const [url, name] of users) {
      const [row] = await query(
        url,
        "select current_user as name, to_regclass('audit_event') is not null as migrated",
      );
      expect(row).toEqual({ name, migrated: true });
    }
  });

  it('gives no role more than it needs', async () => {
    const rows = await query(
      database.urls.superuser,
      `select rolname from pg_roles where rolname ~ '^(app_|bulwark_)'
         and (rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication or rolinherit)`,
    );
    expect([...rows]).toEqual([]);
  });

  it('keeps what one test writes from the next', async () => {
    await query(database.urls.superuser, 'create table left_behind ()');
    const other = await createTestDatabase();
    const [row] = await query(other.urls.superuser, "select to_regclass('left_behind') as found");
    expect(row?.found).toBeNull();
    await other.drop();
  });

  it('drops the database but fails when a connection was left open', async () => {
    const leaky = await createTestDatabase();
    const sql = postgres(leaky.urls.rw, { max: 1, connection: { application_name: 'forgotten' } });
    await sql`select 1`;
    await expect(leaky.drop()).rejects.toThrow(/left 1 database connections open[\s\S]*app_rw \(forgotten\)/);
    const found = await query(
      database.urls.superuser,
      `select 1 from pg_database where datname = '${leaky.name}'`,
    );
    expect(found).toHaveLength(0);
    await sql.end({ timeout: 0 }).catch(() => undefined);
  });
});
