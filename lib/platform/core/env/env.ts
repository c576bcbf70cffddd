import { readFileSync } from 'node:fs';
import { readProviders, type SignInProvider } from './env-providers';
import { neededBy, problemsInAnyMode, problemsInProduction } from './env-rules';
import { describeScanners, type ScannerEnv } from './env-scanners';
import { type ProcessKind, type Settings, secretSettings, settingsSchema } from './env-schema';
import {
  describeSecretBackends,
  type SecretBackendsEnv,
  secretBackendProblems,
  secretBackendProductionProblems,
} from './env-secret-backends';
import { type SecretSource, secretSourcesOf } from './env-secrets';
import { describeSupabase, type SupabaseEnv } from './env-supabase';
import { supabaseProblems, supabaseProductionProblems } from './env-supabase-rules';

export type { SignInProvider } from './env-providers';
export type { SupabaseEnv } from './env-supabase';

export interface Pepper {
  id: string;
  value: string;
}

/** The resolved configuration of this process. Times carry their unit in the name. */
export interface Env {
  mode: 'local' | 'production';
  process: ProcessKind;
  consoleUrl: string;
  gateUrl: string;
  isHttps: boolean;
  host: string;
  port: number;
  gatePort: number;
  workerPort: number;
  localIdpPort: number;
  postgresPort: number;
  trustedProxies: readonly string[];
  databaseUrlMigrator: string | undefined;
  databaseUrl: string | undefined;
  databaseUrlRo: string | undefined;
  databaseUrlGate: string | undefined;
  postgresSuperuserUrl: string | undefined;
  databasePoolSize: number;
  redisUrl: string | undefined;
  redisAnswerMs: number;
  authSecret: string | undefined;
  keyPepper: Pepper | undefined;
  keyPeppersRetired: readonly Pepper[];
  encryptionKey: Pepper | undefined;
  encryptionKeysRetired: readonly Pepper[];
  smtpUrl: string | undefined;
  mailFrom: string;
  /** What the outbound guard lets through although it is private, plain http or on an odd port. */
  outboundAllow: { hosts: readonly string[]; cidrs: readonly string[] };
  sessionIdleMinutes: number;
  sessionAbsoluteHours: number;
  signInProviders: readonly SignInProvider[];
  localIdp: { issuer: string; port: number; clientId: string; clientSecret: string } | undefined;
  /** Null where Supabase is not configured. */
  supabase: SupabaseEnv | null;
  scanners: ScannerEnv;
  secretBackends: SecretBackendsEnv;
  checklistFile: string;
  /** The newest secret first; `signingSecrets` of the sealing room reads its file again. */
  logSigningKey: string | undefined;
  logSigningKeyFile: string | undefined;
  logWitnessPolicyFile: string | undefined;
  logCheckpointFile: string | undefined;
  /** The key of the command line where it calls the management API. */
  apiKey: string | undefined;
  gateRoutesFile: string;
  rateLimitFile: string;
  dataDir: string;
  rotationSecretsDir: string | undefined;
  logLevel: Settings['LOG_LEVEL'];
  metricsToken: string | undefined;
}

/** Thrown when the environment cannot be used; `problems` holds one sentence per bad setting. */
export class EnvError extends Error {
  override readonly name = 'EnvError';

  constructor(readonly problems: readonly string[]) {
    super(`Invalid configuration:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

type Variables = Readonly<Record<string, string | undefined>>;

const isSecret = (name: string) =>
  secretSettings.includes(name) || /^OIDC_[A-Z0-9_]+_CLIENT_SECRET$/.test(name);

function readSecretFile(name: string, path: string, problems: string[]): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '') || undefined;
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    problems.push(
      `${name}_FILE points to ${path}, which could not be read${code}. Check the path and its permissions.`,
    );
    return undefined;
  }
}

function resolveVariables(source: Variables, problems: string[]): Record<string, string | undefined> {
  const variables: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(source)) {
    if (value !== undefined && value !== '') variables[name] = value;
  }
  for (const [fileName, path] of Object.entries(variables)) {
    const name = fileName.endsWith('_FILE') ? fileName.slice(0, -'_FILE'.length) : null;
    if (!name || !path || !isSecret(name)) continue;
    if (variables[name] === undefined) variables[name] = readSecretFile(name, path, problems);
    else problems.push(`${name} and ${fileName} are both set. Set only one.`);
  }
  return variables;
}

function localIdpOf(settings: Settings): Env['localIdp'] {
  const port = settings.LOCAL_IDP_PORT;
  const clientSecret = settings.LOCAL_IDP_CLIENT_SECRET;
  return clientSecret
    ? { issuer: `http://localhost:${port}`, port, clientId: 'bulwark', clientSecret }
    : undefined;
}

function describeEnv(
  settings: Settings,
  mode: Env['mode'],
  configured: readonly SignInProvider[],
  logSigningKeyFile: string | undefined,
): Env {
  const consoleUrl = settings.BULWARK_URL ?? `http://localhost:${settings.PORT}`;
  const localIdp = mode === 'local' && configured.length === 0 ? localIdpOf(settings) : undefined;
  const local: SignInProvider[] = localIdp
    ? [{ kind: 'local', id: 'local', label: 'Local sign-in', ...localIdp }]
    : [];
  return {
    mode,
    process: settings.BULWARK_PROCESS,
    consoleUrl,
    gateUrl: settings.BULWARK_GATE_URL ?? `http://localhost:${settings.GATE_PORT}`,
    isHttps: consoleUrl.startsWith('https:'),
    host: settings.HOST,
    port: settings.PORT,
    gatePort: settings.GATE_PORT,
    workerPort: settings.WORKER_PORT,
    localIdpPort: settings.LOCAL_IDP_PORT,
    postgresPort: settings.BULWARK_PG_PORT,
    trustedProxies: settings.TRUSTED_PROXIES,
    databaseUrlMigrator: settings.DATABASE_URL_MIGRATOR,
    databaseUrl: settings.DATABASE_URL,
    databaseUrlRo: settings.DATABASE_URL_RO,
    databaseUrlGate: settings.DATABASE_URL_GATE,
    postgresSuperuserUrl: settings.POSTGRES_SUPERUSER_URL,
    databasePoolSize: settings.DATABASE_POOL_SIZE,
    redisUrl: settings.REDIS_URL,
    redisAnswerMs: settings.REDIS_ANSWER_MS,
    authSecret: settings.AUTH_SECRET,
    keyPepper: settings.KEY_PEPPER ? { id: settings.KEY_PEPPER_ID, value: settings.KEY_PEPPER } : undefined,
    keyPeppersRetired: settings.KEY_PEPPERS_RETIRED,
    encryptionKey: settings.ENCRYPTION_KEY
      ? { id: settings.ENCRYPTION_KEY_ID, value: settings.ENCRYPTION_KEY }
      : undefined,
    encryptionKeysRetired: settings.ENCRYPTION_KEYS_RETIRED,
    smtpUrl: settings.SMTP_URL,
    mailFrom: settings.MAIL_FROM ?? `bulwark@${new URL(consoleUrl).hostname}`,
    outboundAllow: settings.OUTBOUND_ALLOW,
    sessionIdleMinutes: settings.SESSION_IDLE_MINUTES,
    sessionAbsoluteHours: settings.SESSION_ABSOLUTE_HOURS,
    signInProviders: [...configured, ...local],
    localIdp,
    supabase: describeSupabase(settings),
    scanners: describeScanners(settings),
    secretBackends: describeSecretBackends(settings),
    checklistFile: settings.CHECKLIST_FILE,
    logSigningKey: settings.LOG_SIGNING_KEY,
    logSigningKeyFile,
    logWitnessPolicyFile: settings.LOG_WITNESS_POLICY_FILE,
    logCheckpointFile: settings.LOG_CHECKPOINT_FILE,
    apiKey: settings.BULWARK_API_KEY,
    gateRoutesFile: settings.GATE_ROUTES_FILE,
    rateLimitFile: settings.RATE_LIMIT_FILE,
    dataDir: settings.BULWARK_DATA_DIR,
    rotationSecretsDir: settings.ROTATION_SECRETS_DIR,
    logLevel: settings.LOG_LEVEL,
    metricsToken: settings.METRICS_TOKEN,
  };
}

/** Who signs people in; the others do not get the providers' secrets and do not miss them. */
const SIGN_IN_PROCESSES = new Set(['all', 'web', 'cli', 'test']);

/** A secret setting as this process holds it. The value stays in this process. */
export interface LoadedSecret extends SecretSource {
  value: string;
}

interface Loaded {
  env: Env;
  secrets: readonly LoadedSecret[];
}

/**
 * Reads a whole configuration from `source` (names as in the configuration table).
 * @throws EnvError listing every bad setting in sentences; never the value of a secret.
 */
export function parseEnv(source: Variables): Env {
  return loadEnv(source).env;
}

function loadEnv(source: Variables): Loaded {
  const problems: string[] = [];
  const variables = resolveVariables(source, problems);
  const { providers, problems: providerProblems } = readProviders(variables);
  if (SIGN_IN_PROCESSES.has(variables.BULWARK_PROCESS ?? 'all')) problems.push(...providerProblems);
  const parsed = settingsSchema.safeParse(variables);
  if (!parsed.success) {
    problems.push(...parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}.`));
    throw new EnvError(problems);
  }
  const settings = parsed.data;
  const isConfigured = settings.DATABASE_URL !== undefined || providers.length > 0;
  const mode = settings.BULWARK_MODE ?? (isConfigured ? 'production' : 'local');
  const missing = neededBy[settings.BULWARK_PROCESS].filter((name) => settings[name] === undefined);
  problems.push(
    ...problemsInAnyMode(settings, missing),
    ...supabaseProblems(settings),
    ...secretBackendProblems(settings),
  );
  if (mode === 'production') {
    problems.push(
      ...problemsInProduction(settings, providers.length),
      ...supabaseProductionProblems(settings),
      ...secretBackendProductionProblems(settings),
    );
  }
  if (problems.length > 0) throw new EnvError(problems);
  const secrets = secretSourcesOf(source).flatMap((one) => {
    const value = variables[one.name];
    return value === undefined ? [] : [{ ...one, value }];
  });
  return { env: describeEnv(settings, mode, providers, variables.LOG_SIGNING_KEY_FILE), secrets };
}

/** Kept on globalThis: Next loads server modules more than once, and all of them must see the same secrets. */
const holder = globalThis as typeof globalThis & { bulwarkEnv?: Loaded & { given: string } };
let hasJoined = false;

/** The settings that were given, as a text to compare. */
const givenIn = (source: Variables): string =>
  JSON.stringify(
    Object.entries(source)
      .filter(
        ([name]) =>
          Object.hasOwn(settingsSchema.shape, name.replace(/_FILE$/, '')) || name.startsWith('OIDC_'),
      )
      .sort(),
  );

function loaded(): Loaded {
  if (hasJoined && holder.bulwarkEnv) return holder.bulwarkEnv;
  const given = givenIn(process.env);
  if (holder.bulwarkEnv?.given !== given) holder.bulwarkEnv = { ...loadEnv(process.env), given };
  hasJoined = true;
  return holder.bulwarkEnv;
}

/** The configuration of this process. @throws EnvError */
export function getEnv(): Env {
  return loaded().env;
}

/** The secrets that this process holds, for what must tell their versions apart. @throws EnvError */
export function loadedSecrets(): readonly LoadedSecret[] {
  return loaded().secrets;
}

/** A setting that the caller cannot work without, for example `requireEnv('databaseUrl')`. @throws EnvError */
export function requireEnv<K extends keyof Env>(name: K): NonNullable<Env[K]> {
  const value = getEnv()[name];
  if (value === undefined || value === null) {
    throw new EnvError([
      `${SETTING_OF[name] ?? name} is not set, and this process needs it. Set it or run npm start.`,
    ]);
  }
  return value;
}

const SETTING_OF: Partial<Record<keyof Env, string>> = {
  databaseUrlMigrator: 'DATABASE_URL_MIGRATOR',
  databaseUrl: 'DATABASE_URL',
  databaseUrlRo: 'DATABASE_URL_RO',
  databaseUrlGate: 'DATABASE_URL_GATE',
  postgresSuperuserUrl: 'POSTGRES_SUPERUSER_URL',
  redisUrl: 'REDIS_URL',
  authSecret: 'AUTH_SECRET',
  keyPepper: 'KEY_PEPPER',
  encryptionKey: 'ENCRYPTION_KEY',
  logSigningKey: 'LOG_SIGNING_KEY',
  apiKey: 'BULWARK_API_KEY',
  localIdp: 'LOCAL_IDP_CLIENT_SECRET',
};

/** Where the secrets of this process come from; never their values. */
export function secretSources(): SecretSource[] {
  return secretSourcesOf(process.env);
}

/** next-auth takes its origin from this variable alone: always the console's, never a Host or X-Forwarded-Host header. */
export function pinSignInOrigin(): void {
  process.env.NEXTAUTH_URL = getEnv().consoleUrl;
}

/** Where a step of GitHub Actions shows Markdown; undefined elsewhere. */
export function stepSummaryPath(): string | undefined {
  return process.env.GITHUB_STEP_SUMMARY || undefined;
}

/** Whether this is `next dev`, whose reloading needs eval in the content security policy. */
export function isDevelopmentServer(): boolean {
  return process.env.NODE_ENV === 'development';
}
