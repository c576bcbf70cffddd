import postgres from 'postgres';

/** The four login roles; none may do more than its grants in drizzle/ say. */
export const ROLES = { migrator: 'bulwark_migrator', rw: 'app_rw', ro: 'app_ro', gate: 'app_gate' };

const LEAST = 'LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT';

/**
 * @typedef {{ host: string, port: number, user: string, password: string, ssl?: 'require' | 'verify-full' }} Server
 * @typedef {{ migrator: string, rw: string, ro: string, gate: string }} RolePasswords
 */

/** @param {Server} server */
export function connectAs(server, database, user, password) {
  return postgres({
    host: server.host,
    port: server.port,
    database,
    user,
    password,
    ssl: server.ssl,
    max: 1,
    onnotice: () => {},
    connection: { application_name: 'bulwark-setup' },
  });
}

/** Two starts on one server take turns on it. */
const ROLES_LOCK = 7_245_118_904;

const quoteLiteral = (value) => `'${value.replaceAll("'", "''")}'`;

/** Creates the roles that are missing and sets their passwords; safe to run twice. @param {RolePasswords} passwords */
export async function ensureRoles(sql, passwords) {
  await sql.begin(async (tx) => {
    await tx`select pg_advisory_xact_lock(${ROLES_LOCK}::bigint)`;
    const existing = new Set((await tx`select rolname from pg_roles`).map((row) => row.rolname));
    for (const [key, role] of Object.entries(ROLES)) {
      const verb = existing.has(role) ? 'ALTER' : 'CREATE';
      await tx.unsafe(`${verb} ROLE ${role} ${LEAST} PASSWORD ${quoteLiteral(passwords[key])}`);
    }
    await tx.unsafe(`ALTER ROLE ${ROLES.ro} SET default_transaction_read_only = on`);
  });
}

/** Creates `database`, owned by the migrator and closed to everybody but the four roles. */
export async function ensureDatabase(server, admin, database) {
  const [found] = await admin`select 1 from pg_database where datname = ${database}`;
  if (!found) await admin`create database ${admin(database)} owner ${admin(ROLES.migrator)}`;
  await closeToPublic(server, admin, database);
}

async function closeToPublic(server, admin, database) {
  const roles = Object.values(ROLES).join(', ');
  await admin.unsafe(`REVOKE ALL ON DATABASE "${database}" FROM PUBLIC`);
  await admin.unsafe(`GRANT CONNECT ON DATABASE "${database}" TO ${roles}`);
  const inside = connectAs(server, database, server.user, server.password);
  try {
    await inside.unsafe(
      `ALTER SCHEMA public OWNER TO ${ROLES.migrator}; REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO ${roles}`,
    );
  } finally {
    await inside.end();
  }
}

/** Connection URLs of the four roles for one database. @param {Server} server @param {RolePasswords} passwords */
export function roleUrls(server, database, passwords) {
  const urlFor = (key) =>
    `postgres://${ROLES[key]}:${encodeURIComponent(passwords[key])}@${server.host}:${server.port}/${database}`;
  return { migrator: urlFor('migrator'), rw: urlFor('rw'), ro: urlFor('ro'), gate: urlFor('gate') };
}
