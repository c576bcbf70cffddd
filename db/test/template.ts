import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { connectAs, type RoleKey, roleUrls, type Server } from '../../bin/lib/database-roles.mjs';
import { currentCluster, type TestCluster } from './cluster';

export interface TestDatabase {
  name: string;
  urls: Record<RoleKey | 'superuser', string>;
  /** Drops the database. @throws when the test left a connection open */
  drop(): Promise<void>;
}

const CLOSING_CONNECTIONS_MS = 2_000;

async function asAdmin<T>(server: Server, run: (admin: Sql) => Promise<T>): Promise<T> {
  const admin = connectAs(server, 'postgres', server.user, server.password);
  try {
    return await run(admin);
  } finally {
    await admin.end();
  }
}

async function openConnections(admin: Sql, name: string): Promise<string[]> {
  const rows = await admin<{ usename: string; application_name: string; query: string }[]>`
    select usename, application_name, left(query, 80) as query
    from pg_stat_activity where datname = ${name}`;
  return rows.map((row) => `${row.usename} (${row.application_name || 'no name'}): ${row.query}`);
}

async function dropDatabase(server: Server, name: string): Promise<void> {
  await asAdmin(server, async (admin) => {
    let open = await openConnections(admin, name);
    for (const deadline = Date.now() + CLOSING_CONNECTIONS_MS; open.length > 0 && Date.now() < deadline; ) {
      await sleep(25);
      open = await openConnections(admin, name);
    }
    await admin`drop database if exists ${admin(name)} with (force)`;
    if (open.length === 0) return;
    const list = open.map((line) => `  - ${line}`).join('\n');
    throw new Error(
      `This test left ${open.length} database connections open; close its pools first:\n${list}`,
    );
  });
}

/**
 * A fresh copy of the migrated database, for one test file.
 * @param cluster only for callers outside vitest; there it is known
 */
export async function createTestDatabase(cluster: TestCluster = currentCluster()): Promise<TestDatabase> {
  const { server, passwords, template } = cluster;
  const name = `bulwark_test_${randomBytes(6).toString('hex')}`;
  await asAdmin(server, async (admin) => {
    await admin`create database ${admin(name)} template ${admin(template)}`;
    await admin.unsafe(`REVOKE ALL ON DATABASE "${name}" FROM PUBLIC`);
    await admin.unsafe(`GRANT CONNECT ON DATABASE "${name}" TO bulwark_migrator, app_rw, app_ro, app_gate`);
    await admin.unsafe(`ALTER DATABASE "${name}" OWNER TO bulwark_migrator`);
  });
  const superuser = `postgres://${encodeURIComponent(server.user)}:${encodeURIComponent(server.password)}@${server.host}:${server.port}/${name}`;
  return {
    name,
    urls: { ...roleUrls(server, name, passwords), superuser },
    drop: () => dropDatabase(server, name),
  };
}
