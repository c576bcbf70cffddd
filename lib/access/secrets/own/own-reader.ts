import { sql } from 'drizzle-orm';
import { type ReadTx, readTenant } from '@/db/scope';
import type { ReadSecret } from '@/lib/access/secrets/backends/backend';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';

interface Loaded extends Record<string, unknown> {
  setting: string;
  version: string;
  processes: string[];
  isFile: boolean;
  isReadable: boolean;
}

/** What each setting protects, for the list. */
const NAMES: Readonly<Record<string, string>> = {
  DATABASE_URL: 'Database login of web and worker',
  DATABASE_URL_RO: 'Database login for reads',
  DATABASE_URL_GATE: 'Database login of the gate',
  DATABASE_URL_MIGRATOR: 'Database login of the migrations',
  KEY_PEPPER: 'Pepper of API keys',
  ENCRYPTION_KEY: 'Encryption key',
  AUTH_SECRET: 'Sign-in secret',
  METRICS_TOKEN: 'Token of /metrics',
  REDIS_URL: 'Redis login',
  SMTP_URL: 'Mail server login',
  LOG_SIGNING_KEY: 'Signer of the audit log',
};
/** They hold what is replaced, or one half of a pair. */
const PARTS = new Set(['KEY_PEPPERS_RETIRED', 'ENCRYPTION_KEYS_RETIRED', 'VAULT_ROLE_ID']);
const LOGINS = /^DATABASE_URL/;
const ROOTS = new Set(['ENCRYPTION_KEY', 'KEY_PEPPER', 'LOG_SIGNING_KEY']);

async function loadedSettings(tx: ReadTx, tenantId: string): Promise<Loaded[]> {
  return tx.execute<Loaded>(sql`
    select setting, (array_agg(version_label order by loaded_at desc))[1] as version,
      array_agg(distinct process order by process) as processes,
      bool_and(source = 'file') as "isFile", bool_or(is_readable_by_others) as "isReadable"
    from process_secret where tenant_id = ${tenantId}::uuid and seen_at > now() - interval '26 hours'
    group by setting order by setting`);
}

function secretOf(
  { setting, version, processes, isFile, isReadable }: Loaded,
  mode: 'local' | 'production',
): ReadSecret {
  const isPlain = !isFile && mode === 'production';
  return {
    path: setting,
    name: NAMES[setting] ?? setting,
    kind: 'own',
    exposure: isPlain ? 'plain' : 'file',
    model: LOGINS.test(setting) ? 'dual' : 'single',
    tags: ROOTS.has(setting) ? ['root'] : [],
    versionLabel: version,
    consumers: processes,
    why: isPlain
      ? `the value is in the environment of ${processes.join(', ')}`
      : isReadable
        ? 'every user of the host may read its file'
        : null,
  };
}

/** Bulwark's own secrets, by what its processes say they have loaded. The installation's home tenant holds them. */
export async function readOwnSecrets(actor: Actor, mode: 'local' | 'production'): Promise<ReadSecret[]> {
  requirePermission(actor, 'secrets:read');
  const loaded = await readTenant(actor, (tx) => loadedSettings(tx, actor.tenantId));
  return loaded.filter(({ setting }) => !PARTS.has(setting)).map((one) => secretOf(one, mode));
}
