import { join } from 'node:path';
import type postgres from 'postgres';
import type { RuntimeRole } from './connect';
import { appliedHashes, compareSchema, knownMigrations } from './migrate';

/** Thrown at start-up: what is unsafe about the connection, and how to mend it. */
export class UnsafeDatabaseError extends Error {
  override readonly name = 'UnsafeDatabaseError';
}

interface RoleFacts {
  name: string;
  superuser: boolean;
  bypassrls: boolean;
  owned: string | null;
}

function problemOf(role: RoleFacts, expected: RuntimeRole): string | null {
  if (role.superuser)
    return `${role.name} is a superuser. Connect as ${expected} ("bulwark roles" makes it).`;
  if (role.bypassrls) return `${role.name} has BYPASSRLS. Run: ALTER ROLE ${role.name} NOBYPASSRLS;`;
  if (role.owned)
    return `${role.name} owns ${role.owned}. Run the migrations as bulwark_migrator, which owns the schema.`;
  if (role.name !== expected)
    return `The connection is for ${expected}, but its user is ${role.name}. Correct the database URL.`;
  return null;
}

/**
 * Refuses to run on a connection that could step around row-level security, or on another schema than the code's.
 * @throws UnsafeDatabaseError with one sentence
 */
export async function assertSafeDatabase(
  sql: postgres.Sql,
  expected: RuntimeRole,
  folder = join(process.cwd(), 'drizzle'),
): Promise<void> {
  const [role] = await sql<RoleFacts[]>`
    select r.rolname as name, r.rolsuper as superuser, r.rolbypassrls as bypassrls,
      (select c.oid::regclass::text from pg_class c where c.relowner = r.oid and c.relkind in ('r', 'p', 'v') limit 1) as owned
    from pg_roles r where r.rolname = current_user`;
  const problem = role ? problemOf(role, expected) : 'The current database role could not be read.';
  if (problem) throw new UnsafeDatabaseError(problem);
  const difference = compareSchema(knownMigrations(folder), await appliedHashes(sql));
  if (difference?.kind === 'behind') {
    throw new UnsafeDatabaseError(
      `The database lacks the migrations ${difference.missing.join(', ')}. Run "bulwark migrate".`,
    );
  }
  if (difference) {
    throw new UnsafeDatabaseError(
      'The database schema is not the one of this version. Run the matching Bulwark version.',
    );
  }
}
