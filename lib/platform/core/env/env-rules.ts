import type { ProcessKind, Settings } from './env-schema';

export const DATABASE_SETTINGS = [
  'DATABASE_URL_MIGRATOR',
  'DATABASE_URL',
  'DATABASE_URL_RO',
  'DATABASE_URL_GATE',
] as const;

/** Settings that a process cannot run without, in every mode. */
export const neededBy: Record<ProcessKind, readonly (keyof Settings)[]> = {
  web: ['DATABASE_URL', 'DATABASE_URL_RO', 'AUTH_SECRET', 'KEY_PEPPER'],
  gate: ['DATABASE_URL_GATE', 'KEY_PEPPER'],
  worker: ['DATABASE_URL', 'DATABASE_URL_RO'],
  migrate: ['DATABASE_URL_MIGRATOR'],
  cli: [],
  'local-idp': ['LOCAL_IDP_CLIENT_SECRET'],
  build: [],
  test: [],
  all: ['DATABASE_URL', 'DATABASE_URL_RO', 'DATABASE_URL_GATE', 'AUTH_SECRET', 'KEY_PEPPER'],
};

const PLACEHOLDER_WORDS = new Set([
  'secret',
  'password',
  'passwd',
  'postgres',
  'bulwark',
  'admin',
  'default',
  'test',
  'example',
  'placeholder',
  'todo',
  'none',
  'null',
]);
const PLACEHOLDER_PARTS = [
  'changeme',
  'replaceme',
  'placeholder',
  'yoursecret',
  'yourpassword',
  'supersecret',
  'insertsecret',
];

/** True for values people leave in from an example file: changeme, secret, xxxxxxxx, 12345678. */
export function isPlaceholder(value: string): boolean {
  const letters = value.toLowerCase().replace(/[^a-z0-9]/g, '');
  if (letters === '') return true;
  if (PLACEHOLDER_WORDS.has(letters)) return true;
  if (PLACEHOLDER_PARTS.some((part) => letters.includes(part))) return true;
  if (/^(.{1,12}?)\1+$/.test(value)) return true;
  return '0123456789012345678901234567890123456789'.includes(letters);
}

/** Says why a signing secret is too weak, or null when it is fine. Never contains the value. */
export function secretWeakness(value: string): string | null {
  if (isPlaceholder(value)) return 'is a placeholder';
  if (value.length < 32) return 'has fewer than 32 characters';
  if (new Set(value).size < 8) return 'repeats the same few characters';
  return null;
}

const HOW_TO_MAKE_ONE = 'Generate one with: openssl rand -base64 48';

function secretProblems(settings: Settings): string[] {
  const retired = {
    KEY_PEPPERS_RETIRED: settings.KEY_PEPPERS_RETIRED,
    ENCRYPTION_KEYS_RETIRED: settings.ENCRYPTION_KEYS_RETIRED,
  };
  const secrets: [string, string][] = Object.entries(retired).flatMap(([name, keys]) =>
    keys.map(({ id, value }): [string, string] => [`${name} (${id})`, value]),
  );
  if (settings.AUTH_SECRET) secrets.push(['AUTH_SECRET', settings.AUTH_SECRET]);
  if (settings.KEY_PEPPER) secrets.push(['KEY_PEPPER', settings.KEY_PEPPER]);
  if (settings.ENCRYPTION_KEY) secrets.push(['ENCRYPTION_KEY', settings.ENCRYPTION_KEY]);
  for (const key of settings.LOG_SIGNING_KEY?.match(/\S+/g) ?? []) secrets.push(['LOG_SIGNING_KEY', key]);
  const problems = secrets.flatMap(([name, value]) => {
    const weakness = secretWeakness(value);
    return weakness ? [`${name} ${weakness}. ${HOW_TO_MAKE_ONE}`] : [];
  });
  if (settings.AUTH_SECRET && settings.AUTH_SECRET === settings.KEY_PEPPER) {
    problems.push('AUTH_SECRET and KEY_PEPPER are the same value. Generate a different value for each.');
  }
  return problems;
}

function pepperProblems(settings: Settings): string[] {
  const repeatedOf = (id: string, retired: Settings['KEY_PEPPERS_RETIRED']) =>
    [id, ...retired.map((each) => each.id)].find((name, index, ids) => ids.indexOf(name) !== index);
  const pepper = repeatedOf(settings.KEY_PEPPER_ID, settings.KEY_PEPPERS_RETIRED);
  const encryption = repeatedOf(settings.ENCRYPTION_KEY_ID, settings.ENCRYPTION_KEYS_RETIRED);
  return [
    ...(pepper
      ? [`KEY_PEPPERS_RETIRED uses the pepper id "${pepper}" twice. Give KEY_PEPPER_ID a new name.`]
      : []),
    ...(encryption
      ? [`ENCRYPTION_KEYS_RETIRED uses the id "${encryption}" twice. Give ENCRYPTION_KEY_ID a new name.`]
      : []),
  ];
}

function databaseProblems(settings: Settings): string[] {
  const problems: string[] = [];
  const seenUsers = new Map<string, string>();
  for (const name of DATABASE_SETTINGS) {
    const value = settings[name];
    if (!value) continue;
    const { username, password } = new URL(value);
    const user = decodeURIComponent(username);
    const twin = seenUsers.get(user);
    if (twin)
      problems.push(`${name} signs in as the same role as ${twin} ("${user}"). Each needs its own role.`);
    else seenUsers.set(user, name);
    if (password && isPlaceholder(decodeURIComponent(password))) {
      problems.push(`${name} contains a placeholder password. Give the role a random password.`);
    }
  }
  return problems;
}

/** What every mode refuses; sentences that name the setting and never a secret's value. */
export function problemsInAnyMode(settings: Settings, missing: readonly string[]): string[] {
  const needed = missing.map(
    (name) => `${name} is not set. Set it, or ${name}_FILE to a file that holds it.`,
  );
  return [...needed, ...secretProblems(settings), ...pepperProblems(settings)];
}

/** What only production refuses. `providers` counts configured sign-in providers. */
export function problemsInProduction(settings: Settings, providers: number): string[] {
  const problems = databaseProblems(settings);
  const servesPeople = settings.BULWARK_PROCESS === 'web' || settings.BULWARK_PROCESS === 'all';
  if (servesPeople && !settings.BULWARK_URL) {
    problems.push('BULWARK_URL is not set. Set it to the HTTPS origin of the console.');
  }
  if (settings.BULWARK_URL?.startsWith('http:')) {
    problems.push(
      'BULWARK_URL is an http origin. Production needs https; put a reverse proxy with a certificate in front.',
    );
  }
  if (servesPeople && providers === 0) {
    problems.push(
      'No sign-in provider is configured. Set GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET, the GOOGLE_ pair, or OIDC_<NAME>_ISSUER, _CLIENT_ID and _CLIENT_SECRET.',
    );
  }
  if (settings.LOCAL_IDP_CLIENT_SECRET || settings.BULWARK_PROCESS === 'local-idp') {
    problems.push(
      'LOCAL_IDP_CLIENT_SECRET turns on the local identity provider, which lets anyone sign in with any name. Remove it in production.',
    );
  }
  return problems;
}
