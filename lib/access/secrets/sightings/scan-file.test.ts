// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what compose files hold
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprintOf, lengthClassOf } from './fingerprint';
import { type ScanCommand, scanFile } from './scan-file';
import { UnreadableScanError } from './sighting';

const seen = (command: ScanCommand, text: string, file = 'docker-compose.yml') => {
  const { plain, held, references } = scanFile(command, text, file);
  return {
    plain: plain.map(({ place, line }) => `${line ?? '-'} ${place}`),
    held: held.map(({ place, consumers }) => `${place} <- ${consumers.join(' + ') || 'nobody'}`),
    references,
  };
};

describe('scan-compose', () => {
  it('finds the two plain secrets of four', () => {
    const text = [
      'services:',
      '  db:',
      '    image: postgres',
      '    environment:',
      '      POSTGRES_PASSWORD: heimdall',
      '      OTHER_PASSWORD: ${DB_PASSWORD}',
      '      APP_PASSWORD_FILE: /run/secrets/app',
      '      DATABASE_URL: postgres://u:p@h/d',
    ].join('\n');
    const found = scanFile('scan-compose', text, 'docker-compose.yml');
    expect(found.plain.map(({ name, line, value }) => [name, line, value])).toEqual([
      ['POSTGRES_PASSWORD', 5, 'heimdall'],
      ['DATABASE_URL', 8, 'postgres://u:p@h/d'],
    ]);
    expect(found.references).toBe(2);
  });

  it('looks into lists, anchors, build arguments, commands, health checks and environment files', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bulwark-compose-'));
    writeFileSync(join(folder, 'app.env'), "# c\nAPI_TOKEN='$ecret'\nPORT=1\n");
    const file = join(folder, 'compose.yaml');
    const text = [
      'x-db: &db',
      '  DB_PASSWORD: heimdall',
      'services:',
      '  web:',
      '    build: { args: { NPM_TOKEN: abcdef } }',
      '    environment: { <<: *db, LOG: info }',
      '    env_file: [app.env, { path: missing.env, required: false }]',
      '    secrets: [api_key]',
      '  cache:',
      '    command: redis-server --requirepass heimdall --port 6379',
      '    healthcheck: { test: ["CMD", "curl", "https://u:heimdall@localhost/"] }',
      '    environment:',
      '      - REDIS_PASSWORD=heimdall',
      '      - FROM_THE_HOST',
      'secrets:',
      '  api_key: { file: ./api_key.txt }',
      '  tls: { external: true }',
    ].join('\n');
    expect(seen('scan-compose', text, file)).toEqual({
      plain: [
        '6 services.web.environment.DB_PASSWORD',
        '5 services.web.build.args.NPM_TOKEN',
        '2 services.web.env_file app.env.API_TOKEN',
        '13 services.cache.environment.REDIS_PASSWORD',
        '10 services.cache.command.requirepass',
        '11 services.cache.healthcheck.argument',
      ],
      held: ['secrets.api_key <- service web', 'secrets.tls <- nobody'],
      references: 0,
    });
  });

  it('reads docker inspect and environment files, and names what it cannot read', () => {
    const container = {
      Name: '/shop',
      Config: { Env: ['DB_PASSWORD=$literal', 'PATH=/usr/bin'], Cmd: ['serve', '--token=abc'] },
      Mounts: [{ Destination: '/run/secrets/db' }, { Destination: '/data' }],
    };
    expect(seen('scan-compose', JSON.stringify([container]), 'inspect.json')).toEqual({
      plain: ['- shop.env.DB_PASSWORD', '- shop.command.token'],
      held: ['shop.mounts.db <- container shop'],
      references: 0,
    });
    const swarm = [{ ID: 'x', CreatedAt: '2026-01-01T00:00:00Z', Spec: { Name: 'db_password' } }];
    expect(scanFile('scan-compose', JSON.stringify(swarm), 'secrets.json').held[0]).toMatchObject({
      name: 'db_password',
      createdAt: '2026-01-01T00:00:00Z',
    });
    expect(seen('scan-compose', 'API_TOKEN=abc\n', '.env.production').plain).toEqual(['1 env.API_TOKEN']);
    for (const text of ['a: [', 'services: 3', '[]', '[{"a":1}]', 'hello']) {
      expect(() => scanFile('scan-compose', text, 'x.yml'), text).toThrow(UnreadableScanError);
    }
  });
});

describe('scan-k8s', () => {
  const list = {
    kind: 'List',
    items: [
      {
        kind: 'Deployment',
        metadata: { name: 'shop', namespace: 'prod' },
        spec: {
          template: {
            spec: {
              initContainers: [{ name: 'init', env: [{ name: 'DB_PASSWORD', value: 'heimdall' }] }],
              containers: [
                {
                  name: 'web',
                  env: [
                    { name: 'DB', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
                    { name: 'URL', value: 'postgres://u:$(DB)@h/d' },
                  ],
                  envFrom: [{ secretRef: { name: 'extra' } }],
                  args: ['--api-key', 'q8Jx2VbN5kLr'],
                },
              ],
              volumes: [{ name: 'v', secret: { secretName: 'db' } }],
            },
          },
        },
      },
      {
        kind: 'Secret',
        metadata: { name: 'db', namespace: 'prod', creationTimestamp: '2026-02-03T04:05:06Z' },
        data: {
          password: Buffer.from('heimdall').toString('base64'),
          user: Buffer.from('app').toString('base64'),
        },
      },
      {
        kind: 'Secret',
        metadata: { name: 'sa', namespace: 'prod' },
        type: 'kubernetes.io/service-account-token',
        data: { token: 'eA==' },
      },
      {
        kind: 'ConfigMap',
        metadata: { name: 'conf', namespace: 'prod' },
        data: { SMTP_PASSWORD: 'winter', LOG: 'info' },
      },
    ],
  };

  it('joins secrets with who reads them, and finds what is written out', () => {
    expect(seen('scan-k8s', JSON.stringify(list), 'all.json')).toEqual({
      plain: [
        '- prod/deployment/shop.init.env.DB_PASSWORD',
        '- prod/deployment/shop.web.args.api-key',
        '- prod/configmap/conf.SMTP_PASSWORD',
      ],
      held: [
        'prod/secret/db.password <- prod/deployment/shop (web) + prod/deployment/shop',
        'prod/secret/db.user <- prod/deployment/shop',
        'prod/secret/extra <- prod/deployment/shop (web)',
      ],
      references: 4,
    });
    const { held, plain } = scanFile('scan-k8s', JSON.stringify(list), 'all.json');
    expect(held[0]?.createdAt).toBe('2026-02-03T04:05:06Z');
    const key = Buffer.alloc(32, 1);
    expect(fingerprintOf(held[0]?.value ?? '', key)).toBe(fingerprintOf(plain[0]?.value ?? '', key));
  });

  it('reads several YAML documents, and refuses what is none', () => {
    const text =
      'kind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, env: [{name: TOKEN, value: x1}]}]}\n---\nkind: Service\nmetadata: {name: s}\n';
    expect(seen('scan-k8s', text, 'a.yaml').plain).toEqual(['- default/pod/a.c.env.TOKEN']);
    for (const bad of ['{', '{}', '[]', 'hello', '']) {
      expect(() => scanFile('scan-k8s', bad, 'x.json'), bad).toThrow(UnreadableScanError);
    }
  });
});

describe('scan-proc', () => {
  it('takes the environment of a process for what it is', () => {
    const text = 'PATH=/bin\0PWD=/root\0DB_PASSWORD=$literal\0DATABASE_URL=postgres://u:p@h/d\0';
    expect(seen('scan-proc', text, 'environ.txt').plain).toEqual([
      '- environ.txt.environment.DB_PASSWORD',
      '- environ.txt.environment.DATABASE_URL',
    ]);
    expect(() => scanFile('scan-proc', 'hello', 'x')).toThrow(UnreadableScanError);
    expect(seen('scan-proc', '', 'x')).toEqual({ plain: [], held: [], references: 0 });
  });
});

describe('what may travel of a value', () => {
  it('is its length class and a digest of the secret in it', () => {
    const key = Buffer.alloc(32, 7);
    expect(['1234567', '12345678', 'x'.repeat(16), 'x'.repeat(32)].map(lengthClassOf)).toEqual([
      '1-7',
      '8-15',
      '16-31',
      '32+',
    ]);
    expect(fingerprintOf('postgres://u:p%40ss@h/d', key)).toBe(fingerprintOf('p@ss', key));
    expect(fingerprintOf('secret\n', key)).toBe(fingerprintOf('secret', key));
    expect(fingerprintOf('secret', key)).not.toBe(fingerprintOf('secret', Buffer.alloc(32, 8)));
  });
});

describe('any text', () => {
  it('is read or refused with a sentence, and the sentence repeats nothing of it', () => {
    const commands = fc.constantFrom<ScanCommand>('scan-compose', 'scan-k8s', 'scan-proc');
    const text = fc.oneof(fc.string({ maxLength: 200 }), fc.json({ maxDepth: 6 }));
    fc.assert(
      fc.property(commands, text, (command, given) => {
        try {
          scanFile(command, given, 'f.yml');
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableScanError);
          if (given.trim().length > 12) expect(String(error)).not.toContain(given.trim());
        }
      }),
      { numRuns: 1500 },
    );
  });
});
