import { MigrationError, migrate } from '@/db/migrate';
import { EnvError, requireEnv } from '@/lib/platform/core/env/env';

function sentenceOf(error: unknown): string {
  if (error instanceof MigrationError || error instanceof EnvError) return error.message;
  const message = error instanceof Error ? error.message || String(error.cause ?? error.name) : String(error);
  return `Could not apply the migrations: ${message}`;
}

try {
  const { applied } = await migrate(requireEnv('databaseUrlMigrator'));
  const names = applied.map((name) => `applied ${name}\n`).join('');
  process.stdout.write(names || 'The database is up to date.\n');
} catch (error) {
  process.stderr.write(`${sentenceOf(error)}\n`);
  process.exitCode = 1;
}
