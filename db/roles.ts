import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import {
  connectAs,
  ensureDatabase,
  ensureRoles,
  ROLES,
  type RoleKey,
  type Server,
} from '@/bin/lib/database-roles.mjs';

const SCRAM_ITERATIONS = 4096;

/** Thrown with one sentence for the person who makes the roles. */
export class RolesError extends Error {
  override readonly name = 'RolesError';
}

/**
 * What Postgres stores for a password (RFC 5803, SCRAM-SHA-256). Sent instead of the password, so that not even a
 * server that logs every statement sees it.
 */
export function scramVerifier(password: string, salt = randomBytes(16)): string {
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, SCRAM_ITERATIONS, 32, 'sha256');
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest();
  const storedKey = createHash('sha256').update(hmac('Client Key')).digest('base64');
  const serverKey = hmac('Server Key').toString('base64');
  return `SCRAM-SHA-256$${SCRAM_ITERATIONS}:${salt.toString('base64')}$${storedKey}:${serverKey}`;
}

function sslOf(url: URL): Server['ssl'] {
  const mode = url.searchParams.get('sslmode');
  if (mode === 'verify-full' || mode === 'verify-ca') return 'verify-full';
  return mode === 'require' ? 'require' : undefined;
}

function serverOf(superuserUrl: string): Server {
  const url = new URL(superuserUrl);
  return {
    host: url.hostname,
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    ssl: sslOf(url),
  };
}

interface Account {
  database: string;
  password: string;
}

function accountOf(key: RoleKey, text: string): Account {
  const url = new URL(text);
  const user = decodeURIComponent(url.username);
  if (user !== ROLES[key])
    throw new RolesError(
      `The connection for ${ROLES[key]} names the user ${user || '(none)'}. Correct its URL.`,
    );
  const password = decodeURIComponent(url.password);
  if (!password)
    throw new RolesError(`The connection for ${ROLES[key]} has no password. Put one into its URL.`);
  const database = decodeURIComponent(url.pathname.slice(1));
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(database)) {
    throw new RolesError(
      `The database "${database}" must be 1 to 63 lower-case letters, digits and underscores.`,
    );
  }
  return { database, password };
}

/**
 * Creates or updates the four roles and the database, with the passwords of the four connections. Safe to run twice.
 * @param superuserUrl who may create roles and databases
 * @throws RolesError where the connections do not fit together
 */
export async function makeRoles(
  superuserUrl: string,
  urls: Record<RoleKey, string>,
): Promise<{ database: string; roles: string[] }> {
  const accounts = {
    migrator: accountOf('migrator', urls.migrator),
    rw: accountOf('rw', urls.rw),
    ro: accountOf('ro', urls.ro),
    gate: accountOf('gate', urls.gate),
  };
  const { database } = accounts.migrator;
  const stray = Object.values(accounts).find((account) => account.database !== database);
  if (stray)
    throw new RolesError(`The connections name two databases, ${database} and ${stray.database}. Use one.`);
  const server = serverOf(superuserUrl);
  const admin = connectAs(server, 'postgres', server.user, server.password);
  try {
    await ensureRoles(admin, {
      migrator: scramVerifier(accounts.migrator.password),
      rw: scramVerifier(accounts.rw.password),
      ro: scramVerifier(accounts.ro.password),
      gate: scramVerifier(accounts.gate.password),
    });
    await ensureDatabase(server, admin, database);
  } finally {
    await admin.end();
  }
  return { database, roles: Object.values(ROLES) };
}
