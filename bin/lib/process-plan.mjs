import { bundlePath, webServerPath } from './app-build.mjs';
import { boundToUs } from './dependencies.mjs';

/** Secrets by the process that needs them; nobody gets another's. */
const SECRETS = {
  web: [
    'DATABASE_URL',
    'DATABASE_URL_RO',
    'AUTH_SECRET',
    'KEY_PEPPER',
    'KEY_PEPPERS_RETIRED',
    'ENCRYPTION_KEY',
    'ENCRYPTION_KEYS_RETIRED',
    'LOCAL_IDP_CLIENT_SECRET',
    'REDIS_URL',
    'METRICS_TOKEN',
  ],
  gate: ['DATABASE_URL_GATE', 'KEY_PEPPER', 'KEY_PEPPERS_RETIRED', 'REDIS_URL', 'METRICS_TOKEN'],
  worker: [
    'DATABASE_URL',
    'DATABASE_URL_RO',
    'KEY_PEPPER',
    'KEY_PEPPERS_RETIRED',
    'ENCRYPTION_KEY',
    'ENCRYPTION_KEYS_RETIRED',
    'LOG_SIGNING_KEY',
    'SMTP_URL',
    'REDIS_URL',
    'METRICS_TOKEN',
    'VAULT_ROLE_ID',
    'VAULT_SECRET_ID',
    'VAULT_TOKEN',
    'AWS_ACCESS_KEY_ID',
    'AWS_SECRET_ACCESS_KEY',
    'AWS_SESSION_TOKEN',
    'AWS_WEB_IDENTITY_TOKEN',
    'AWS_CONTAINER_AUTHORIZATION_TOKEN',
  ],
  'local-idp': ['LOCAL_IDP_CLIENT_SECRET'],
  migrate: ['DATABASE_URL_MIGRATOR'],
};
const ALL_SECRETS = new Set([...Object.values(SECRETS).flat(), 'DATABASE_URL_MIGRATOR']);
const isProviderSecret = (name) => /^(GITHUB|GOOGLE|OIDC_[A-Z0-9_]+)_CLIENT_SECRET(_FILE)?$/.test(name);

/** The environment of one process: everything ordinary, and only its own secrets. */
export function environmentOf(kind, variables) {
  const allowed = new Set(SECRETS[kind]);
  const kept = Object.entries(variables).filter(([name]) => {
    if (isProviderSecret(name)) return kind === 'web';
    const secret = name.endsWith('_FILE') ? name.slice(0, -'_FILE'.length) : name;
    return !ALL_SECRETS.has(secret) || allowed.has(secret);
  });
  return { ...Object.fromEntries(kept), NODE_ENV: 'production', BULWARK_PROCESS: kind };
}

/**
 * An import makes much garbage that V8, left alone on a large machine, lets pile up to 490 MB for 100,000 findings: a
 * small nursery, and an old space that grows by a fifth instead of fourfold between two collections.
 */
const THRIFTY = ['--max-semi-space-size=8', '--heap-growing-percent=20'];
/** glibc keeps what is freed apart for each thread, in eight times as many places as there are cores: 20 MB here. */
const FEW_ARENAS = { MALLOC_ARENA_MAX: '2' };

/** Next's server reads its address from HOSTNAME, which a shell sets to the name of the machine. */
const listenOn = (env) => ({ HOSTNAME: env.host, PORT: String(env.port) });

/**
 * Of the gate, as in deploy/Dockerfile. What a request allocates lives until its record is committed: in a larger young
 * generation it is gone before it is copied. At most 96 MiB.
 */
export const GATE_FLAGS = ['--max-semi-space-size=32'];

/** What runs, in the order in which it is started. @param {object} env the parsed configuration */
export function processPlan(env, variables) {
  const local = env.host === '0.0.0.0' || env.host === '::' ? '127.0.0.1' : env.host;
  const at = (port, path) => `http://${local.includes(':') ? `[${local}]` : local}:${port}${path}`;
  const plan = [
    {
      name: 'gate',
      args: [...GATE_FLAGS, ...boundToUs(bundlePath('gate'))],
      healthUrl: at(env.gatePort, '/readyz'),
    },
    {
      name: 'worker',
      args: [...THRIFTY, ...boundToUs(bundlePath('worker'))],
      healthUrl: at(env.workerPort, '/healthz'),
      extra: FEW_ARENAS,
    },
    {
      name: 'web',
      args: boundToUs(webServerPath),
      healthUrl: at(env.port, '/healthz'),
      extra: listenOn(env),
    },
  ];
  if (env.localIdp) {
    const healthUrl = `http://127.0.0.1:${env.localIdp.port}/healthz`;
    plan.unshift({ name: 'local-idp', args: boundToUs(bundlePath('local-idp')), healthUrl });
  }
  return plan.map(({ extra, ...each }) => ({
    ...each,
    env: { ...environmentOf(each.name, variables), ...extra },
  }));
}

/** The ports these processes need, with the variable that changes each. */
export function wantedPorts(env, { withPostgres }) {
  const ports = [
    { name: 'the console', host: env.host, port: env.port, variable: 'PORT' },
    { name: 'the gate', host: env.host, port: env.gatePort, variable: 'GATE_PORT' },
    { name: 'the worker', host: env.host, port: env.workerPort, variable: 'WORKER_PORT' },
  ];
  if (env.localIdp)
    ports.push({
      name: 'the local sign-in page',
      host: '127.0.0.1',
      port: env.localIdp.port,
      variable: 'LOCAL_IDP_PORT',
    });
  if (withPostgres)
    ports.push({ name: 'Postgres', host: '127.0.0.1', port: env.postgresPort, variable: 'BULWARK_PG_PORT' });
  return ports;
}
