import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bundlePath, ensureCliBundled, loadEnvModule } from './app-build.mjs';
import { roleUrls } from './database-roles.mjs';
import { ROOT } from './dependencies.mjs';
import { SUPERUSER } from './embedded-postgres.mjs';
import { localDefaults, withDefaults } from './local-defaults.mjs';
import { keepSecrets, resolveDataFolder } from './local-state.mjs';

/**
 * The command line's script and environment: in local mode the connections of the installation that
 * `npm start` made, otherwise what the environment says.
 */
export async function prepareCli(variables) {
  if (existsSync(join(ROOT, '.env'))) process.loadEnvFile(join(ROOT, '.env'));
  const all = { ...process.env, ...variables };
  const { parseEnv } = await loadEnvModule();
  const env = parseEnv({ ...all, BULWARK_PROCESS: 'cli' });
  await ensureCliBundled();
  const folder = resolveDataFolder(ROOT, env.dataDir);
  const common = { ...all, BULWARK_PROCESS: 'cli', BULWARK_DATA_DIR: folder };
  const script = bundlePath('cli');
  if (env.mode === 'production' || !existsSync(join(folder, 'secrets.json'))) return { script, env: common };
  const secrets = keepSecrets(folder, true);
  const server = { host: '127.0.0.1', port: env.postgresPort, user: SUPERUSER, password: '' };
  const urls = env.databaseUrl ? null : roleUrls(server, 'bulwark', secrets.rolePasswords);
  return { script, env: withDefaults(common, localDefaults(env, secrets, urls, folder)) };
}
