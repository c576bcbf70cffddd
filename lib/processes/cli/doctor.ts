import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPool, type RuntimeRole } from '@/db/connect';
import { appliedHashes, compareSchema, knownMigrations } from '@/db/migrate';
import { assertSafeDatabase } from '@/db/startup-check';
import { type AuditMonths, MONTHS, monthsProblem } from '@/lib/platform/audit/facts';
import { type Env, EnvError, getEnv } from '@/lib/platform/core/env/env';
import { checkVersionFloors, compareVersions } from '@/lib/platform/core/version-floors';
import { type Command, sentencesOf } from './command';

type Level = 'ok' | 'warn' | 'fail';

interface Finding {
  level: Level;
  /** What was looked at and what is so; for `warn` and `fail` also what to do. */
  text: string;
}

const ok = (text: string): Finding => ({ level: 'ok', text });
const warn = (text: string): Finding => ({ level: 'warn', text });
const fail = (text: string): Finding => ({ level: 'fail', text });

/** Minor releases below these leak rows past row-level security (CVE-2025-8713) or are no longer supported. */
const POSTGRES_FLOORS: Record<number, number> = { 16: 10, 17: 6, 18: 0 };
const NODE_FLOOR = '24.0.0';

function environmentFindings(): { env: Env | null; findings: Finding[] } {
  try {
    const env = getEnv();
    return { env, findings: [ok(`The configuration is complete (${env.mode} mode).`)] };
  } catch (error) {
    if (!(error instanceof EnvError)) throw error;
    return { env: null, findings: error.problems.map(fail) };
  }
}

function versionFindings(): Finding[] {
  const node = process.versions.node;
  const isNodeOld = compareVersions(node, NODE_FLOOR) < 0;
  const nodeFinding = isNodeOld
    ? fail(`Node ${node} is older than ${NODE_FLOOR}. Run it through "npm run cli --", which brings its own.`)
    : ok(`Node ${node}.`);
  try {
    const problems = checkVersionFloors(process.cwd());
    return [
      nodeFinding,
      ...(problems.length > 0 ? problems.map(fail) : [ok('No package is older than a known fix.')]),
    ];
  } catch {
    return [
      nodeFinding,
      warn(
        'Could not check the packages. Run this command in the Bulwark directory that contains package-lock.json.',
      ),
    ];
  }
}

function postgresFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const floor = POSTGRES_FLOORS[major];
  if (floor !== undefined && minor >= floor) return ok(`Postgres ${version}.`);
  if (major > Math.max(...Object.keys(POSTGRES_FLOORS).map(Number)))
    return warn(`Postgres ${version} is newer than what Bulwark was tested with.`);
  const wanted = Object.entries(POSTGRES_FLOORS).map(([one, least]) => `${one}.${least}`);
  return fail(
    `Postgres ${version} has known vulnerabilities or is too old. Update to ${wanted.join(', ')} or newer.`,
  );
}

type Sql = ReturnType<typeof openPool>['sql'];

async function withPool(url: string, look: (sql: Sql) => Promise<Finding[]>): Promise<Finding[]> {
  const { sql } = openPool(url, { max: 1, applicationName: 'bulwark doctor' });
  try {
    return await look(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

async function roleFindings(role: RuntimeRole, setting: string, url: string | undefined): Promise<Finding[]> {
  if (!url) return [fail(`${setting} is not set, so ${role} cannot connect. Set it or ${setting}_FILE.`)];
  try {
    return await withPool(url, async (sql) => {
      await assertSafeDatabase(sql, role);
      const findings = [ok(`${role} connects, owns no tables and cannot bypass row-level security.`)];
      if (role !== 'app_rw') return findings;
      const [server] = await sql<
        { version: string }[]
      >`select split_part(current_setting('server_version'), ' ', 1) as version`;
      return [...findings, postgresFinding(server?.version ?? '0')];
    });
  } catch (error) {
    return [fail(`${role}: ${sentencesOf(error).join(' ')}`)];
  }
}

async function rlsFindings(url: string): Promise<Finding[]> {
  const lint = readFileSync(join(process.cwd(), 'db/rls-lint.sql'), 'utf8');
  return withPool(url, async (sql) => {
    const rows = await sql.unsafe<{ problem: string; object: string }[]>(lint);
    if (rows.length === 0) return [ok('Row-level security: the lint finds nothing.')];
    return rows.map((row) =>
      fail(`Row-level security: ${row.problem}: ${row.object}. Restore it from drizzle/.`),
    );
  });
}

async function auditFindings(url: string): Promise<Finding[]> {
  return withPool(url, async (sql) => {
    const [months] = await sql.unsafe<AuditMonths[]>(MONTHS);
    const problem = months ? monthsProblem(months) : null;
    return [
      problem
        ? warn(`${problem.detail} ${problem.remedy}`)
        : ok('The audit log has the partitions that it needs, and every event lies in its month.'),
    ];
  });
}

async function migratorFindings(url: string): Promise<Finding[]> {
  return withPool(url, async (sql) => {
    const [role] = await sql<{ name: string; superuser: boolean }[]>`
      select rolname as name, rolsuper or rolbypassrls as superuser from pg_roles where rolname = current_user`;
    if (role?.name !== 'bulwark_migrator' || role.superuser) {
      return [
        fail(
          `Migrations run as ${role?.name}. Connect DATABASE_URL_MIGRATOR as bulwark_migrator ("bulwark roles" makes it).`,
        ),
      ];
    }
    const difference = compareSchema(
      knownMigrations(join(process.cwd(), 'drizzle')),
      await appliedHashes(sql),
    );
    switch (difference?.kind) {
      case undefined:
        return [ok('bulwark_migrator connects, and the schema matches this version.')];
      case 'behind':
        return [fail(`The database lacks ${difference.missing.join(', ')}. Run "bulwark migrate".`)];
      case 'newer':
        return [fail('The database was migrated by a newer Bulwark. Run that version.')];
      case 'changed':
        return [
          fail(`Migration ${difference.name} was changed after it was applied. Restore the original file.`),
        ];
    }
  });
}

async function attempt(what: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  return look().catch((error: unknown) => [fail(`${what}: ${sentencesOf(error).join(' ')}`)]);
}

async function databaseFindings(env: Env): Promise<Finding[]> {
  const { databaseUrlMigrator: migrator, databaseUrl: rw } = env;
  return [
    ...(await roleFindings('app_rw', 'DATABASE_URL', rw)),
    ...(await roleFindings('app_ro', 'DATABASE_URL_RO', env.databaseUrlRo)),
    ...(await roleFindings('app_gate', 'DATABASE_URL_GATE', env.databaseUrlGate)),
    ...(migrator
      ? await attempt('bulwark_migrator', () => migratorFindings(migrator))
      : [warn('DATABASE_URL_MIGRATOR is not set. This is correct on hosts that do not run migrations.')]),
    ...(rw ? await attempt('Row-level security', () => rlsFindings(rw)) : []),
    ...(rw ? await attempt('Audit log', () => auditFindings(rw)) : []),
  ];
}

export const doctor: Command = {
  name: 'doctor',
  usage: '',
  summary: 'Check configuration, versions, database roles, schema and row-level security',
  record: 'if possible',
  options: {},
  async run() {
    const { env, findings } = environmentFindings();
    const all = [...findings, ...versionFindings(), ...(env ? await databaseFindings(env) : [])];
    const count = (level: Level) => all.filter((finding) => finding.level === level).length;
    const lines = all.map(({ level, text }) => `${level.padEnd(4)}  ${text}`);
    return {
      isOk: count('fail') === 0,
      lines: [...lines, `${count('ok')} ok, ${count('warn')} warn, ${count('fail')} fail`],
    };
  },
};
