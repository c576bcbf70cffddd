import { MigrationError, migrate } from '@/db/migrate';
import { makeRoles } from '@/db/roles';
import { requireEnv } from '@/lib/platform/core/env/env';
import type { Command } from './command';

export const migrateCommand: Command = {
  name: 'migrate',
  usage: '',
  summary: 'Migrate the database to this version (uses DATABASE_URL_MIGRATOR)',
  record: 'if possible',
  options: {},
  async run() {
    try {
      const { applied } = await migrate(requireEnv('databaseUrlMigrator'));
      const lines = applied.map((name) => `applied ${name}`);
      return { isOk: true, lines: lines.length > 0 ? lines : ['The database is up to date.'] };
    } catch (error) {
      if (error instanceof MigrationError) return { isOk: false, lines: [error.message] };
      throw error;
    }
  },
};

export const rolesCommand: Command = {
  name: 'roles',
  usage: '',
  summary: 'Create or update the four database roles and the database (POSTGRES_SUPERUSER_URL)',
  record: 'if possible',
  options: {},
  async run() {
    const { database, roles } = await makeRoles(requireEnv('postgresSuperuserUrl'), {
      migrator: requireEnv('databaseUrlMigrator'),
      rw: requireEnv('databaseUrl'),
      ro: requireEnv('databaseUrlRo'),
      gate: requireEnv('databaseUrlGate'),
    });
    return {
      isOk: true,
      lines: [
        `The roles ${roles.join(', ')} exist with the passwords of their connections.`,
        `The database ${database} exists, and only these roles can connect. Next, run "bulwark migrate".`,
      ],
    };
  },
};
