import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as applyMigrations } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { syncQueues } from './job-queues';

/** Any constant will do: two migration jobs at once take turns on it. */
const MIGRATION_LOCK = 7_245_118_903;
const PARTITION_MONTHS_AHEAD = 12;
const NEEDED_ROLES = ['app_rw', 'app_ro', 'app_gate'];

interface Migration {
  name: string;
  hash: string;
}

/** Thrown with one sentence for the person who runs the migration. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/** The migrations in the folder `drizzle/`, in order, with the hashes that drizzle keeps in the database. */
export function knownMigrations(folder: string): Migration[] {
  const journal: { entries: { tag: string }[] } = JSON.parse(
    readFileSync(join(folder, 'meta/_journal.json'), 'utf8'),
  );
  return journal.entries.map(({ tag }) => ({
    name: tag,
    hash: createHash('sha256')
      .update(readFileSync(join(folder, `${tag}.sql`), 'utf8'))
      .digest('hex'),
  }));
}

/** The hashes of the migrations a database has, in the order they were applied; empty for a new database. */
export async function appliedHashes(sql: postgres.Sql): Promise<string[]> {
  const [found] = await sql`select to_regclass('drizzle.__drizzle_migrations') is not null as present`;
  if (!found?.present) return [];
  const rows = await sql<
    { hash: string }[]
  >`select hash from drizzle.__drizzle_migrations order by created_at, id`;
  return rows.map((row) => row.hash);
}

export type SchemaDifference =
  | { kind: 'behind'; missing: string[] }
  | { kind: 'newer' }
  | { kind: 'changed'; name: string };

/** How a database differs from the code's migrations, or `null` where it does not. */
export function compareSchema(known: Migration[], applied: string[]): SchemaDifference | null {
  for (const [i, migration] of known.entries()) {
    const hash = applied[i];
    if (hash === undefined) return { kind: 'behind', missing: known.slice(i).map((m) => m.name) };
    if (hash !== migration.hash) return { kind: 'changed', name: migration.name };
  }
  return applied.length > known.length ? { kind: 'newer' } : null;
}

function refuseDifference(difference: SchemaDifference | null): void {
  if (difference?.kind === 'newer') {
    throw new MigrationError(
      'The database was migrated by a newer Bulwark. Run that version, or restore a backup made before.',
    );
  }
  if (difference?.kind === 'changed') {
    throw new MigrationError(
      `Migration ${difference.name} was applied with another text. Restore the file: an applied migration never changes.`,
    );
  }
}

async function refuseMissingRoles(sql: postgres.Sql): Promise<void> {
  const rows = await sql<
    { rolname: string }[]
  >`select rolname from pg_roles where rolname = any(${NEEDED_ROLES})`;
  const missing = NEEDED_ROLES.filter((role) => !rows.some((row) => row.rolname === role));
  if (missing.length > 0) {
    throw new MigrationError(
      `The database has no role ${missing.join(', ')}. Run "bulwark roles" first (docs/operating.md).`,
    );
  }
}

/**
 * Brings the database up to the code, as bulwark_migrator. Safe to run twice and by two jobs at once.
 * @param url connection of the migrator
 * @throws MigrationError where the schema is newer, an applied migration was edited, or roles are missing
 */
export async function migrate(
  url: string,
  folder = join(process.cwd(), 'drizzle'),
): Promise<{ applied: string[] }> {
  const sql = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    await sql`select pg_advisory_lock(${MIGRATION_LOCK}::bigint)`;
    await refuseMissingRoles(sql);
    const known = knownMigrations(folder);
    const difference = compareSchema(known, await appliedHashes(sql));
    refuseDifference(difference);
    if (difference) await applyMigrations(drizzle(sql), { migrationsFolder: folder });
    await sql`select public.ensure_audit_partitions(${PARTITION_MONTHS_AHEAD}::integer)`;
    await syncQueues(sql);
    return { applied: difference?.kind === 'behind' ? difference.missing : [] };
  } finally {
    await sql.end({ timeout: 5 });
  }
}
