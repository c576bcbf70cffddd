import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { EnvError, parseEnv } from './env';
import { envDocs, settingsSchema } from './env-schema';

const AUTH = 'Qm1h7s0XkP2v9LwZr4Tn8By6Ec3Ud5Gj';
const PEPPER = 'z8Wq3Kc5Vt1Rf7Yb0Nm2Xs9Dg4Hj6Lp!';
const PASSWORD = 'k3Jd92hsLq0PzX7m';

const url = (role: string, password = PASSWORD) => `postgres://${role}:${password}@db:5432/bulwark`;

const production = {
  BULWARK_MODE: 'production',
  BULWARK_PROCESS: 'all',
  BULWARK_URL: 'https://bulwark.example.org',
  DATABASE_URL: url('app_rw'),
  DATABASE_URL_RO: url('app_ro'),
  DATABASE_URL_GATE: url('app_gate'),
  AUTH_SECRET: AUTH,
  KEY_PEPPER: PEPPER,
  GITHUB_CLIENT_ID: 'Iv1.8a61f9b3a7aba766',
  GITHUB_CLIENT_SECRET: 'd1f0a98c2be74e3bb6f5a1c0e97d24468ab35f70',
};

function problemsOf(source: Record<string, string | undefined>): string[] {
  try {
    parseEnv(source);
  } catch (error) {
    if (error instanceof EnvError) return [...error.problems];
    throw error;
  }
  return [];
}

const folder = mkdtempSync(join(tmpdir(), 'bulwark-env-'));
afterAll(() => rmSync(folder, { recursive: true }));

function secretFile(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

describe('parseEnv', () => {
  it('gives the documented defaults when nothing is set', () => {
    const env = parseEnv({ BULWARK_PROCESS: 'test' });
    expect(env).toMatchObject({
      mode: 'local',
      consoleUrl: 'http://localhost:3000',
      gateUrl: 'http://localhost:3100',
      host: '127.0.0.1',
      port: 3000,
      sessionIdleMinutes: 480,
      sessionAbsoluteHours: 168,
      signInProviders: [],
      trustedProxies: [],
      dataDir: '.bulwark',
    });
  });

  it('lets the default origins follow the ports', () => {
    const env = parseEnv({ BULWARK_PROCESS: 'test', PORT: '4120', GATE_PORT: '4121' });
    expect([env.consoleUrl, env.gateUrl]).toEqual(['http://localhost:4120', 'http://localhost:4121']);
  });

  it('treats an empty value as absent', () => {
    expect(parseEnv({ BULWARK_PROCESS: 'test', PORT: '', REDIS_URL: '' })).toMatchObject({ port: 3000 });
  });

  it.each([
    [{}, 'local'],
    [{ DATABASE_URL: url('app_rw'), BULWARK_MODE: 'local' }, 'local'],
    [{ DATABASE_URL: url('app_rw') }, 'production'],
    [{ GITHUB_CLIENT_ID: 'a1', GITHUB_CLIENT_SECRET: production.GITHUB_CLIENT_SECRET }, 'production'],
  ])('chooses the mode from %j', (source, mode) => {
    expect(parseEnv({ BULWARK_PROCESS: 'cli', ...source }).mode).toBe(mode);
  });

  it('accepts a sound production configuration', () => {
    const env = parseEnv(production);
    expect(env.isHttps).toBe(true);
    expect(env.keyPepper).toEqual({ id: 'p1', value: PEPPER });
    expect(env.signInProviders.map((provider) => provider.id)).toEqual(['github']);
  });

  it('lists every bad setting at once, by name', () => {
    const problems = problemsOf({ PORT: '70000', LOG_LEVEL: 'loud', BULWARK_URL: 'https://x.org/path' });
    expect(problems).toHaveLength(3);
    for (const name of ['PORT', 'LOG_LEVEL', 'BULWARK_URL']) {
      expect(problems.some((problem) => problem.startsWith(`${name} must be`))).toBe(true);
    }
  });

  it.each([
    ['PORT', '30 00'],
    ['GATE_PORT', '0'],
    ['SESSION_IDLE_MINUTES', '4'],
    ['BULWARK_URL', 'bulwark.example.org'],
    ['DATABASE_URL', 'mysql://u:p@h/db'],
    ['REDIS_URL', 'http://redis'],
    ['TRUSTED_PROXIES', '10.0.0.0/8,proxy'],
    ['KEY_PEPPERS_RETIRED', 'novalue'],
    ['KEY_PEPPER_ID', 'Not An Id'],
    ['ENCRYPTION_KEY_ID', 'Not An Id'],
    ['SMTP_URL', 'https://mail.example.org'],
    ['MAIL_FROM', 'Bulwark <bulwark@example.org>'],
    ['OUTBOUND_ALLOW', 'https://hooks.internal'],
    ['OUTBOUND_ALLOW', '10.0.0.0/64'],
    ['BULWARK_MODE', 'staging'],
  ])('refuses %s=%s', (name, value) => {
    const problems = problemsOf({ BULWARK_PROCESS: 'test', [name]: value });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(name);
  });

  it('normalises proxies to ranges', () => {
    const env = parseEnv({ BULWARK_PROCESS: 'test', TRUSTED_PROXIES: '10.0.0.0/8, 127.0.0.1, ::1' });
    expect(env.trustedProxies).toEqual(['10.0.0.0/8', '127.0.0.1/32', '::1/128']);
  });

  it('reads retired peppers and refuses a reused id', () => {
    const source = { BULWARK_PROCESS: 'test', KEY_PEPPER: PEPPER, KEY_PEPPER_ID: 'p2' };
    expect(parseEnv({ ...source, KEY_PEPPERS_RETIRED: `p1:${AUTH}` }).keyPeppersRetired).toEqual([
      { id: 'p1', value: AUTH },
    ]);
    expect(problemsOf({ ...source, KEY_PEPPERS_RETIRED: `p2:${AUTH}` })[0]).toContain('"p2" twice');
  });
});

describe('what each process needs', () => {
  it.each([
    ['gate', ['DATABASE_URL_GATE', 'KEY_PEPPER']],
    ['migrate', ['DATABASE_URL_MIGRATOR']],
    ['worker', ['DATABASE_URL', 'DATABASE_URL_RO']],
    ['web', ['DATABASE_URL', 'DATABASE_URL_RO', 'AUTH_SECRET', 'KEY_PEPPER']],
  ])('%s', (kind, names) => {
    const problems = problemsOf({ BULWARK_PROCESS: kind });
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual(names);
  });

  it('does not ask a process for the provider secrets that only web is given', () => {
    const env = parseEnv({
      BULWARK_MODE: 'production',
      BULWARK_PROCESS: 'gate',
      DATABASE_URL_GATE: url('app_gate'),
      KEY_PEPPER: PEPPER,
      GITHUB_CLIENT_ID: production.GITHUB_CLIENT_ID,
    });
    expect(env.signInProviders).toEqual([]);
  });

  it('lets the migration job run in production with the migrator URL alone', () => {
    const env = parseEnv({
      BULWARK_MODE: 'production',
      BULWARK_PROCESS: 'migrate',
      DATABASE_URL_MIGRATOR: url('bulwark_migrator'),
    });
    expect(env.databaseUrlMigrator).toBe(url('bulwark_migrator'));
  });
});

describe('secret files', () => {
  it('reads NAME_FILE and trims exactly one newline', () => {
    const env = parseEnv({
      BULWARK_PROCESS: 'test',
      AUTH_SECRET_FILE: secretFile('auth', `${AUTH}\n`),
      KEY_PEPPER_FILE: secretFile('pepper', `${PEPPER}\n\n`),
      DATABASE_URL_RO_FILE: secretFile('ro', `${url('app_ro')}\r\n`),
    });
    expect(env.authSecret).toBe(AUTH);
    expect(env.keyPepper?.value).toBe(`${PEPPER}\n`);
    expect(env.databaseUrlRo).toBe(url('app_ro'));
  });

  it('reads the secret of a named OIDC provider from a file', () => {
    const env = parseEnv({
      BULWARK_PROCESS: 'test',
      OIDC_CORP_ISSUER: 'https://id.corp.example',
      OIDC_CORP_CLIENT_ID: 'bulwark',
      OIDC_CORP_CLIENT_SECRET_FILE: secretFile('corp', `${AUTH}\n`),
    });
    expect(env.signInProviders[0]).toMatchObject({ id: 'corp', clientSecret: AUTH });
  });

  it('names a file that cannot be read, and a value that is set twice', () => {
    expect(problemsOf({ BULWARK_PROCESS: 'test', AUTH_SECRET_FILE: '/nowhere/auth' })).toEqual([
      'AUTH_SECRET_FILE points to /nowhere/auth, which could not be read (ENOENT). Check the path and its permissions.',
    ]);
    const twice = { AUTH_SECRET: AUTH, AUTH_SECRET_FILE: secretFile('twice', AUTH) };
    expect(problemsOf({ BULWARK_PROCESS: 'test', ...twice })[0]).toContain('both set');
  });

  it('does not treat other variables that end in _FILE as secrets', () => {
    expect(problemsOf({ BULWARK_PROCESS: 'test', SSL_CERT_FILE: '/nowhere/ca.pem' })).toEqual([]);
  });
});

describe('secrets', () => {
  const weak = [
    'changeme',
    'CHANGEME',
    'secret',
    'a'.repeat(40),
    'abc1'.repeat(10),
    'short-but-Random9',
    'aabb'.repeat(4),
  ];

  it.each(weak)('refuses %s as AUTH_SECRET and as KEY_PEPPER without echoing it', (value) => {
    for (const name of ['AUTH_SECRET', 'KEY_PEPPER']) {
      const problems = problemsOf({ ...production, [name]: value });
      expect(problems).toHaveLength(1);
      expect(problems[0]).toMatch(new RegExp(`^${name} `));
      expect(problems[0]?.replace(name, '').toLowerCase()).not.toContain(`"${value.toLowerCase()}"`);
    }
  });

  it('never puts the value of a secret into the message', () => {
    const value = 'zq8-fuse-zq8';
    const message = problemsOf({
      ...production,
      AUTH_SECRET: value,
      KEY_PEPPERS_RETIRED: `old:${value}`,
      DATABASE_URL: `mysql://app_rw:${value}@db/x`,
      REDIS_URL: `http://:${value}@redis`,
    }).join('\n');
    expect(message).toContain('DATABASE_URL');
    expect(message).not.toContain(value);
  });

  it('refuses one value for both', () => {
    expect(problemsOf({ ...production, KEY_PEPPER: AUTH })[0]).toContain('same value');
  });
});

describe('production refuses, each by name', () => {
  it.each([
    ['an http origin', { BULWARK_URL: 'http://bulwark.example.org' }, /^BULWARK_URL is an http origin/],
    ['no origin', { BULWARK_URL: undefined }, /^BULWARK_URL is not set/],
    ['the local identity provider', { LOCAL_IDP_CLIENT_SECRET: AUTH }, /^LOCAL_IDP_CLIENT_SECRET turns on/],
    [
      'no sign-in provider',
      { GITHUB_CLIENT_ID: undefined, GITHUB_CLIENT_SECRET: undefined },
      /^No sign-in provider/,
    ],
    ['half a provider', { GITHUB_CLIENT_ID: undefined }, /^GITHUB_CLIENT_ID is not set/],
    [
      'a placeholder provider secret',
      { GITHUB_CLIENT_SECRET: 'changeme' },
      /^GITHUB_CLIENT_SECRET is a placeholder/,
    ],
    ['a missing role URL', { DATABASE_URL_RO: undefined }, /^DATABASE_URL_RO is not set/],
    [
      'one role used twice',
      { DATABASE_URL_GATE: url('app_rw') },
      /^DATABASE_URL_GATE signs in as the same role/,
    ],
    ['the migrator as a run-time role', { DATABASE_URL_MIGRATOR: url('app_rw') }, /^DATABASE_URL signs in/],
    [
      'a placeholder password',
      { DATABASE_URL: url('app_rw', 'changeme') },
      /^DATABASE_URL contains a placeholder/,
    ],
    ['a short secret', { AUTH_SECRET: 'Xk29vB' }, /^AUTH_SECRET has fewer than 32/],
  ])('%s', (_what, change, expected) => {
    const problems = problemsOf({ ...production, ...change });
    expect(
      problems.some((problem) => expected.test(problem)),
      problems.join('\n'),
    ).toBe(true);
  });

  it('but local mode allows an http origin and the local identity provider', () => {
    const env = parseEnv({ BULWARK_MODE: 'local', BULWARK_PROCESS: 'test', LOCAL_IDP_CLIENT_SECRET: AUTH });
    expect(env.signInProviders).toEqual([
      expect.objectContaining({
        kind: 'local',
        id: 'local',
        issuer: 'http://localhost:3200',
        clientId: 'bulwark',
      }),
    ]);
  });
});

describe('sign-in providers', () => {
  const corp = {
    OIDC_CORP_ISSUER: 'https://id.corp.example',
    OIDC_CORP_CLIENT_ID: 'bulwark',
    OIDC_CORP_CLIENT_SECRET: AUTH,
    OIDC_CORP_LABEL: 'Corporate login',
  };

  it('offers several at once, in a stable order', () => {
    const env = parseEnv({
      ...production,
      ...corp,
      OIDC_ALPHA_TEAM_ISSUER: 'https://alpha.example',
      OIDC_ALPHA_TEAM_CLIENT_ID: 'x',
      OIDC_ALPHA_TEAM_CLIENT_SECRET: AUTH,
    });
    expect(env.signInProviders.map(({ id, label }) => [id, label])).toEqual([
      ['github', 'GitHub'],
      ['alpha-team', 'ALPHA_TEAM'],
      ['corp', 'Corporate login'],
    ]);
  });

  it('names the missing part of a provider', () => {
    expect(problemsOf({ ...production, ...corp, OIDC_CORP_CLIENT_ID: '' })[0]).toMatch(
      /^OIDC_CORP_CLIENT_ID/,
    );
  });

  it('refuses a plain http issuer and a reserved name', () => {
    const http = { ...production, ...corp, OIDC_CORP_ISSUER: 'http://id.corp.example' };
    expect(problemsOf(http)[0]).toBe('OIDC_CORP_ISSUER must be an https URL.');
    const reserved = {
      OIDC_LOCAL_ISSUER: 'https://l.example',
      OIDC_LOCAL_CLIENT_ID: 'x',
      OIDC_LOCAL_CLIENT_SECRET: AUTH,
    };
    expect(problemsOf({ ...production, ...reserved })[0]).toContain('reserved name LOCAL');
  });

  it('puts the local provider away as soon as a real one is configured', () => {
    const env = parseEnv({
      ...corp,
      BULWARK_MODE: 'local',
      BULWARK_PROCESS: 'test',
      LOCAL_IDP_CLIENT_SECRET: AUTH,
    });
    expect(env.signInProviders.map((provider) => provider.id)).toEqual(['corp']);
    expect(env.localIdp).toBeUndefined();
  });
});

describe('envDocs', () => {
  it('documents every setting of the schema and the named providers', () => {
    const names = envDocs.map((doc) => doc.name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(settingsSchema.shape)));
    expect(names).toContain('OIDC_<NAME>_ISSUER');
    expect(new Set(names).size).toBe(names.length);
    expect(envDocs.every((doc) => doc.description.length > 10)).toBe(true);
  });

  it('marks as secret exactly what has a file variant', () => {
    expect(envDocs.filter((doc) => doc.secret).map((doc) => doc.name)).toEqual(
      expect.arrayContaining(['AUTH_SECRET', 'KEY_PEPPER', 'DATABASE_URL', 'OIDC_<NAME>_CLIENT_SECRET']),
    );
    expect(envDocs.find((doc) => doc.name === 'PORT')?.secret).toBe(false);
  });
});
