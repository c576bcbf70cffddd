import { z } from 'zod';
import { documented, type SettingGroup, settingDocs } from './env-doc';
import { scannerSettings } from './env-scanners';
import { secretBackendSettings } from './env-secret-backends';
import { supabaseSettings } from './env-supabase';
import {
  cidrList,
  encryptionKeyId,
  hostAndCidrList,
  mailAddress,
  origin,
  pepperId,
  pepperList,
  port,
  postgresUrl,
  text,
  urlOf,
  wholeNumber,
} from './env-values';

export const processKinds = [
  'web',
  'gate',
  'worker',
  'migrate',
  'cli',
  'local-idp',
  'build',
  'test',
  'all',
] as const;
export type ProcessKind = (typeof processKinds)[number];

/**
 * Every setting of Bulwark as it is written in the environment, with the text of the configuration
 * table. `secret` settings also exist as `<NAME>_FILE` (the path of a file that holds the value).
 */
export const settingsSchema = z.object({
  BULWARK_MODE: documented(z.enum(['local', 'production'], 'must be local or production').optional(), {
    group: 'Mode',
    default: 'local until a database or a sign-in provider is set, then production',
    description:
      '`local` starts its own Postgres and sign-in page. `production` refuses to start with unsafe settings.',
  }),
  BULWARK_PROCESS: documented(
    z.enum(processKinds, `must be one of ${processKinds.join(', ')}`).default('all'),
    {
      group: 'Mode',
      default: 'all',
      description:
        'Which process this is; decides which settings must be present. Set by npm start and by the images.',
    },
  ),
  BULWARK_URL: documented(origin(), {
    group: 'Addresses',
    default: 'http://localhost:<PORT>',
    description: 'Origin of the console. Must use HTTPS in production.',
  }),
  BULWARK_GATE_URL: documented(origin(), {
    group: 'Addresses',
    default: 'http://localhost:<GATE_PORT>',
    description: 'Origin that services use to reach the gate. Shown in examples.',
  }),
  HOST: documented(z.string().default('127.0.0.1'), {
    group: 'Addresses',
    default: '127.0.0.1',
    description: 'The address that web, gate and worker listen on.',
  }),
  PORT: documented(port(3000), { group: 'Addresses', default: '3000', description: 'Port of the console.' }),
  GATE_PORT: documented(port(3100), {
    group: 'Addresses',
    default: '3100',
    description: 'Port of the gate.',
  }),
  WORKER_PORT: documented(port(3101), {
    group: 'Addresses',
    default: '3101',
    description: 'Health port of the worker.',
  }),
  TRUSTED_PROXIES: documented(cidrList, {
    group: 'Addresses',
    default: 'none',
    description: 'IP addresses and CIDR ranges of reverse proxies whose X-Forwarded-* headers are trusted.',
  }),
  DATABASE_URL_MIGRATOR: documented(postgresUrl(), {
    group: 'Database',
    secret: true,
    description: 'bulwark_migrator, owner of the schema. Only for migrations, never at run time.',
  }),
  DATABASE_URL: documented(postgresUrl(), {
    group: 'Database',
    secret: true,
    default: 'the built-in Postgres',
    description: 'app_rw: writes of the console, the worker and the command line.',
  }),
  DATABASE_URL_RO: documented(postgresUrl(), {
    group: 'Database',
    secret: true,
    description: 'app_ro: reads, exports and reports.',
  }),
  DATABASE_URL_GATE: documented(postgresUrl(), {
    group: 'Database',
    secret: true,
    description: 'app_gate: what the gate needs to decide and to record.',
  }),
  POSTGRES_SUPERUSER_URL: documented(postgresUrl(), {
    group: 'Database',
    secret: true,
    description:
      'A superuser connection, used only by "bulwark roles" to create roles and the database. Never used at run time.',
  }),
  DATABASE_POOL_SIZE: documented(wholeNumber(1, 200, 10), {
    group: 'Database',
    default: '10',
    description: 'Connections per process and role.',
  }),
  BULWARK_PG_PORT: documented(port(3300), {
    group: 'Database',
    default: '3300',
    description: 'Port of the built-in Postgres, on 127.0.0.1 only.',
  }),
  REDIS_URL: documented(urlOf(['redis:', 'rediss:'], 'a Redis URL such as redis://host:6379'), {
    group: 'Database',
    secret: true,
    default: 'none',
    description: 'Enables rate limits and sessions shared across processes.',
  }),
  REDIS_ANSWER_MS: documented(wholeNumber(10, 5_000, 60), {
    group: 'Database',
    default: '60',
    description:
      'How long a rate limit waits for Redis before this process decides alone, in milliseconds. Redis is given up after three times as long without an answer.',
  }),
  AUTH_SECRET: documented(text(), {
    group: 'Secrets',
    secret: true,
    default: 'generated in local mode',
    description: 'Protects the sign-in flow. At least 32 characters.',
  }),
  KEY_PEPPER: documented(text(), {
    group: 'Secrets',
    secret: true,
    default: 'generated in local mode',
    description:
      'HMAC key under which API keys are stored. At least 32 characters. Keep a copy: without it no key can be verified.',
  }),
  KEY_PEPPER_ID: documented(pepperId, {
    group: 'Secrets',
    default: 'p1',
    description: 'Name of KEY_PEPPER, stored beside every key.',
  }),
  KEY_PEPPERS_RETIRED: documented(pepperList, {
    group: 'Secrets',
    secret: true,
    default: 'none',
    description: 'Earlier peppers that still verify, as id:value,id:value.',
  }),
  ENCRYPTION_KEY: documented(text(), {
    group: 'Secrets',
    secret: true,
    default: 'generated in local mode',
    description:
      'Encrypts the secrets of notification channels. At least 32 characters. Without it Slack and webhook channels cannot be added.',
  }),
  ENCRYPTION_KEY_ID: documented(encryptionKeyId, {
    group: 'Secrets',
    default: 'e1',
    description: 'Name of ENCRYPTION_KEY, stored beside every secret it encrypts.',
  }),
  ENCRYPTION_KEYS_RETIRED: documented(pepperList, {
    group: 'Secrets',
    secret: true,
    default: 'none',
    description: 'Earlier encryption keys that still decrypt, as id:value,id:value.',
  }),
  SESSION_IDLE_MINUTES: documented(wholeNumber(5, 43_200, 480), {
    group: 'Sessions',
    default: '480',
    description: 'A session ends after this time without a request.',
  }),
  SESSION_ABSOLUTE_HOURS: documented(wholeNumber(1, 2_160, 168), {
    group: 'Sessions',
    default: '168',
    description: 'A session always ends after this time, even if it is active.',
  }),
  GITHUB_CLIENT_ID: documented(text(), { group: 'Sign-in providers', description: 'GitHub OAuth app.' }),
  GITHUB_CLIENT_SECRET: documented(text(), {
    group: 'Sign-in providers',
    secret: true,
    description: 'GitHub OAuth app.',
  }),
  GOOGLE_CLIENT_ID: documented(text(), { group: 'Sign-in providers', description: 'Google OAuth client.' }),
  GOOGLE_CLIENT_SECRET: documented(text(), {
    group: 'Sign-in providers',
    secret: true,
    description: 'Google OAuth client.',
  }),
  LOCAL_IDP_PORT: documented(port(3200), {
    group: 'Local sign-in',
    default: '3200',
    description: 'Port of the local sign-in page (local mode without a sign-in provider).',
  }),
  LOCAL_IDP_CLIENT_SECRET: documented(text(), {
    group: 'Local sign-in',
    secret: true,
    default: 'generated by npm start',
    description: 'Shared by the console and the local sign-in page. Not allowed in production.',
  }),
  ...supabaseSettings,
  SMTP_URL: documented(urlOf(['smtp:', 'smtps:'], 'an SMTP URL such as smtps://user:password@host:465'), {
    group: 'Notifications',
    secret: true,
    default: 'none',
    description: 'Mail server for email channels. smtp:// uses STARTTLS if the server supports it.',
  }),
  MAIL_FROM: documented(mailAddress, {
    group: 'Notifications',
    default: 'bulwark@<host of BULWARK_URL>',
    description: 'Sender address for email.',
  }),
  OUTBOUND_ALLOW: documented(hostAndCidrList, {
    group: 'Notifications',
    default: 'none',
    description:
      'Hosts and CIDR ranges that webhooks can reach even if they are private, use HTTP, or use a port other than 443.',
  }),
  ...scannerSettings,
  LOG_SIGNING_KEY: documented(text(), {
    group: 'Audit log',
    secret: true,
    default: 'generated in local mode',
    description:
      'Signs the checkpoints of the audit log. At least 32 characters. Only the worker needs it. During a rotation the file holds two lines: the new key, then the old one.',
  }),
  LOG_WITNESS_POLICY_FILE: documented(z.string().optional(), {
    group: 'Audit log',
    default: 'none',
    description:
      'C2SP trust policy that lists the witnesses, with their URLs, and the quorum. Read again for every checkpoint.',
  }),
  LOG_CHECKPOINT_FILE: documented(z.string().optional(), {
    group: 'Audit log',
    default: 'log-checkpoint in the data directory in local mode, otherwise none',
    description:
      'File outside the database to which the worker writes each checkpoint. Bulwark compares it with the database at start, so that a restored backup cannot pass for the full log.',
  }),
  ...secretBackendSettings,
  CHECKLIST_FILE: documented(z.string().default('security/checklist.yaml'), {
    group: 'Operation',
    default: 'security/checklist.yaml',
    description: 'Security checklist file. Reloaded when it changes.',
  }),
  BULWARK_API_KEY: documented(text(), {
    group: 'Operation',
    secret: true,
    default: 'none',
    description: 'Only for "bulwark scan upload" and "bulwark release-gate" in CI: the key for BULWARK_URL.',
  }),
  GATE_ROUTES_FILE: documented(z.string().default('security/gate.yaml'), {
    group: 'Operation',
    default: 'security/gate.yaml',
    description: 'Gate routes file: which requests proxies can forward. Reloaded when it changes.',
  }),
  RATE_LIMIT_FILE: documented(z.string().default('security/rate-limit.yaml'), {
    group: 'Operation',
    default: 'security/rate-limit.yaml',
    description: 'Rate limits file for the console, management API and gate. Reloaded when it changes.',
  }),
  ROTATION_SECRETS_DIR: documented(z.string().optional(), {
    group: 'Operation',
    default: 'none',
    description:
      'A mounted directory into which the worker writes new secrets of keys with the delivery "file", below the slug of their tenant.',
  }),
  BULWARK_DATA_DIR: documented(z.string().default('.bulwark'), {
    group: 'Operation',
    default: '.bulwark',
    description: 'Where local mode keeps its database, secrets and logs.',
  }),
  METRICS_TOKEN: documented(text(), {
    group: 'Operation',
    secret: true,
    default: 'none',
    description:
      'Bearer token required to read /metrics. If it is not set, the console exposes metrics in local mode only.',
  }),
  LOG_LEVEL: documented(
    z
      .enum(
        ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
        'must be fatal, error, warn, info, debug, trace or silent',
      )
      .default('info'),
    { group: 'Operation', default: 'info', description: 'Minimum log level.' },
  ),
});

export type Settings = z.output<typeof settingsSchema>;

export interface EnvDoc {
  name: string;
  group: SettingGroup;
  default: string;
  description: string;
  secret: boolean;
}

const oidcGroup = { group: 'Sign-in providers', default: '' } as const;

const oidcDocs: EnvDoc[] = [
  {
    ...oidcGroup,
    name: 'OIDC_<NAME>_ISSUER',
    secret: false,
    description: 'Issuer of an OpenID Connect provider; several are possible, each with its own <NAME>.',
  },
  { ...oidcGroup, name: 'OIDC_<NAME>_CLIENT_ID', secret: false, description: 'Client id at that provider.' },
  {
    ...oidcGroup,
    name: 'OIDC_<NAME>_CLIENT_SECRET',
    secret: true,
    description: 'Client secret at that provider.',
  },
  {
    ...oidcGroup,
    name: 'OIDC_<NAME>_LABEL',
    secret: false,
    default: '<NAME>',
    description: 'Text of its sign-in button.',
  },
];

const documentedSettings: EnvDoc[] = Object.entries(settingsSchema.shape).map(([name, schema]) => {
  const doc = settingDocs.get(schema);
  if (!doc) throw new Error(`${name} has no documentation`);
  return {
    name,
    group: doc.group,
    default: doc.default ?? '',
    description: doc.description,
    secret: doc.secret ?? false,
  };
});

const lastProvider = documentedSettings.findLastIndex((doc) => doc.group === 'Sign-in providers');

/** Rows of the configuration table in the README, in reading order. */
export const envDocs: readonly EnvDoc[] = documentedSettings.toSpliced(lastProvider + 1, 0, ...oidcDocs);

export const secretSettings: readonly string[] = documentedSettings
  .filter((doc) => doc.secret)
  .map((doc) => doc.name);
