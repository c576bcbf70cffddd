// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what environment files hold
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readEnvFile } from './env-file';
import { recognize } from './recognize';

const isOf = (name: string, value: string, isLiteral = false) => recognize(name, value, { isLiteral }).is;

/** Each is a secret that is written out, however its name and its form try to look. */
const PLAIN: [string, string][] = [
  ['POSTGRES_PASSWORD', 'heimdall'],
  ['PGPASSWORD', 'x'],
  ['db.password', '12345678'],
  ['dbPassword', 'winter'],
  ['DB_PASSWORD', '$ecretPassw0rd'],
  ['DB_PASSWORD', '$$ecret'],
  ['DB_PASSWORD', '/hunter2hunter2'],
  ['DB_PASSWORD_FILE', 'hunter2hunter2'],
  ['DB_PASSWORD', '${DB_PASSWORD:-heimdall}'],
  ['DB_PASSWORD', '${A:-${B:-heimdall}}'],
  ['DB_PASSWORD', '${EMPTY}hunter2hunter2'],
  ['DB_PASSWORD', '${IS_SET:+heimdall}'],
  ['DB_PASSWORD', '%hunter2%'],
  ['DB_PASSWORD', '<hunter2>'],
  ['DB_PASSWORD', '`echo hunter2`'],
  ['DB_PASSWORD', 'changeme'],
  ['API_TOKEN', 'vault:really-a-plain-token-1234'],
  ['API_TOKEN', 'op://hunter2'],
  ['API_TOKEN', 'arn:hunter2hunter2'],
  ['API_TOKEN', 'doppler:hunter2'],
  ['ADMIN_PASSWORD_2', 'winter'],
  ['TOKEN_PROD', 'abcdef'],
  ['SECRET_KEY_BASE', 'short'],
  ['STRIPE_KEY', 'sk_live_51HabcdefghijklmnopQRST'],
  ['ANYTHING', 'sk_live_51HabcdefghijklmnopQRST'],
  ['JWT_SIGNING_KEY', '0123456789abcdef0123456789abcdef'],
  ['FOO_KEY', 'hunter2hunter2'],
  ['SLACK_WEBHOOK', 'https://hooks.slack.com/services/T000/B000/XXXXXXXXXXXXXXXX'],
  ['SENTRY_AUTH', 'sntrys_eyJpYXQiOjE3'],
  ['SUPABASE_SERVICE_ROLE', 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.abc'],
  ['GH', 'ghp_0123456789abcdefghijABCDEFGHIJ012345'],
  ['DATABASE_URL', 'postgres://u:p@h/d'],
  ['DATABASE_URL', 'postgres://u:${P:-heimdall}@h/d'],
  ['MONGO', 'mongodb+srv://app:winter@cluster.example.org/db?retryWrites=true'],
  ['JDBC', 'jdbc:postgresql://h/d?user=u&password=p'],
  ['REDIS', 'redis://:winter@cache:6379/0'],
  ['CONNECTION', 'Server=db;User Id=sa;Password=winter;'],
  ['TLS', '-----BEGIN EC PRIVATE KEY-----\nMHcCAQ\n-----END EC PRIVATE KEY-----'],
  ['SESSION_STUFF', 'q8Jx2VbN5kLr7TzW1cYd4FhGm9PsQe6uX1'],
  ['AUTHORIZATION', 'Bearer abcdefgh12345678'],
];

/** Each stands for a secret that lives elsewhere. */
const REFERENCES: [string, string][] = [
  ['DB_PASSWORD', '${DB_PASSWORD}'],
  ['DB_PASSWORD', '$DB_PASSWORD'],
  ['DB_PASSWORD', '$(DB_PASSWORD)'],
  ['DB_PASSWORD', '${DB_PASSWORD:?set it}'],
  ['DB_PASSWORD', '${DB_PASSWORD:-}'],
  ['DB_PASSWORD', '/run/secrets/db'],
  ['DB_PASSWORD_FILE', '/run/secrets/db'],
  ['DB_PASSWORD_FILE', 'secrets/db'],
  ['DB_PASSWORD', 'vault:secret/data/app#password'],
  ['DB_PASSWORD', 'op://infra/db/password'],
  ['DB_PASSWORD', 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:bw/db-UZRlSh'],
  ['DB_PASSWORD', 'ref+vault://secret/app#/password'],
  ['DB_PASSWORD', 'ENC[AES256_GCM,data:abc,iv:x,tag:y,type:str]'],
  ['DB_PASSWORD', '{{ vault_password }}'],
  ['DB_PASSWORD', '${{ secrets.DB }}'],
  ['DB_PASSWORD', '$(cat /run/secrets/db)'],
  ['DB_PASSWORD', '<insert your password here>'],
  ['DATABASE_URL', 'postgres://u:${P}@h/d'],
  ['DATABASE_URL', 'postgres://u:$PGPASSWORD@h/d'],
];

/** No secret, though it looks a little like one. */
const OTHERS: [string, string][] = [
  ['PWD', '/srv/app'],
  ['OLDPWD', '/root/hunter2hunter2'],
  ['PORT', '3000'],
  ['PASSWORD', ''],
  ['PASSWORD_RESET_ENABLED', 'true'],
  ['PASSWORD_MIN_LENGTH', '12'],
  ['PASSWORD_ENCRYPTION', 'scram-sha-256'],
  ['TOKEN_TTL', '15m'],
  ['TOKEN_URL', 'https://sso.example.org/token'],
  ['SECRET_NAME', 'billing-db'],
  ['AWS_ACCESS_KEY_ID', 'AKXAIOSFODNN7EXAMPLE'],
  ['NEXT_PUBLIC_SUPABASE_ANON_KEY', 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJyb2xlIjoiYW5vbiJ9.abc'],
  ['STRIPE_PUBLISHABLE_KEY', 'pk_live_51HabcdefghijklmnopQRST'],
  ['SORT_KEY', 'created_at'],
  ['GPG_KEY', 'A035C8C19219BA821ECEA86B64E628F8D684696D'],
  ['PYTHON_SHA256', '16ede7bb7cdbfa895d11b0642fa0e523f291e6487194d53cf6d3b338c3a17ea2'],
  ['GIT_COMMIT', '0123456789abcdef0123456789abcdef01234567'],
  ['REQUEST_ID', '0190f3c4-5a1e-7d2b-9c3d-4e5f60718293'],
  ['DBUS_SESSION_BUS_ADDRESS', 'unix:path=/run/user/0/bus'],
  ['SSH_AUTH_SOCK', '/tmp/ssh-abc123/agent.42'],
  ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin'],
  ['HOSTNAME', 'ip-10-0-0-1.eu-central-1.compute.internal'],
  ['DSN', 'https://abcdef@o1.ingest.example.org/1'],
  ['NOTE', '${WHATEVER}'],
];

describe('what is a plain secret', () => {
  it.each(PLAIN)('%s=%s', (name, value) => expect(isOf(name, value)).toBe('plain'));
});
describe('what stands for a secret elsewhere', () => {
  it.each(REFERENCES)('%s=%s', (name, value) => expect(isOf(name, value)).toBe('reference'));
});
describe('what is no secret', () => {
  it.each(OTHERS)('%s=%s', (name, value) => expect(isOf(name, value)).toBe('other'));
});

describe('recognize', () => {
  it('takes a variable for its text where nothing replaces it', () => {
    expect(isOf('PASSWORD', '$FROM_VAULT')).toBe('reference');
    expect(isOf('PASSWORD', '$FROM_VAULT', true)).toBe('plain');
  });

  it('never repeats a part of a plain value, whatever it is', () => {
    const names = fc.constantFrom(
      'DB_PASSWORD',
      'API_TOKEN',
      'X_KEY',
      'DATABASE_URL',
      'DB_PASSWORD_FILE',
      'NOTE',
    );
    fc.assert(
      fc.property(names, fc.string({ minLength: 6, maxLength: 60 }), (name, value) => {
        const found = recognize(name, value);
        if (found.is === 'plain') expect(found.why).not.toContain(value.trim());
      }),
      { numRuns: 3000 },
    );
  });

  it('takes no longer for a hostile value', () => {
    const hostile = [
      '${'.repeat(20_000),
      '$(cat '.repeat(8_000),
      'a://'.repeat(15_000),
      '-----BEGIN '.repeat(5_000),
      ':'.repeat(60_000),
      '<'.repeat(60_000),
    ];
    const startedMs = performance.now();
    for (const value of hostile) for (const name of ['PASSWORD', 'KEY', 'X']) recognize(name, value);
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});

describe('an environment file', () => {
  const entries = (text: string) => readEnvFile(text).map(({ name, value, line }) => [name, value, line]);

  it('is read as its readers do', () => {
    const text = [
      '# TOKEN=a',
      'export A=1 # comment',
      'B="two # words"',
      "C='$ecret'",
      'D=',
      'not a variable',
      'E="-----BEGIN PRIVATE KEY-----',
      'abc',
      '-----END PRIVATE KEY-----"',
      'F=a#b',
      'G = spaced',
      'H="quo\\"ted"',
      '',
    ].join('\r\n');
    expect(entries(text)).toEqual([
      ['A', '1', 2],
      ['B', 'two # words', 3],
      ['C', '$ecret', 4],
      ['D', '', 5],
      ['E', '-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----', 7],
      ['F', 'a#b', 10],
      ['G', 'spaced', 11],
      ['H', 'quo\\"ted', 12],
    ]);
  });

  it('never fails, and keeps what it can when a quote stays open', () => {
    expect(entries('A="open\nB=2')).toEqual([['A', 'open\nB=2', 1]]);
    fc.assert(fc.property(fc.string({ maxLength: 300 }), (text) => readEnvFile(text).length >= 0));
  });

  it('of the shared cases gives ten plain secrets', ({ skip }) => {
    const file = join(process.cwd(), '../shared/cases/checklist/sneaky.env');
    if (!existsSync(file)) skip(`${file} is not on this machine`);
    const plain = readEnvFile(readFileSync(file, 'utf8')).filter(
      ({ name, value }) => isOf(name, value) === 'plain',
    );
    expect(plain).toHaveLength(10);
  });
});
