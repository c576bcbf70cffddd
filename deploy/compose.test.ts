import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, matchesGlob } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

interface Service {
  image: string;
  user?: string;
  read_only?: boolean;
  cap_drop?: string[];
  cap_add?: string[];
  security_opt?: string[];
  networks?: string[];
  network_mode?: string;
  ports?: string[];
  secrets?: string[];
  volumes?: string[];
  environment?: Record<string, string>;
  healthcheck?: object;
  restart?: string;
  depends_on?: Record<string, { condition: string }>;
}

const read = (path: string) => readFileSync(join(import.meta.dirname, path), 'utf8');
const compose: {
  services: Record<string, Service>;
  networks: Record<string, { internal?: boolean }>;
  secrets: Record<string, { file: string }>;
} = parse(read('../docker-compose.yml'), { merge: true });
const services = Object.entries(compose.services);
const longRunning = services.filter(([, service]) => service.restart !== 'no');

/** Lowest versions without known holes, from the security reference. */
const FLOORS: Record<string, [number, number, number]> = {
  traefik: [3, 7, 3],
  postgres: [17, 6, 0],
  redis: [8, 6, 3],
  'prom/prometheus': [3, 7, 2],
  'grafana/grafana': [12, 4, 5],
};

function isAtLeast(version: number[], floor: number[]): boolean {
  const index = floor.findIndex((part, i) => (version[i] ?? 0) !== part);
  return index === -1 || (version[index] ?? 0) > (floor[index] ?? 0);
}

describe('every container', () => {
  it.each(services)('%s is hardened', (name, service) => {
    expect(service.read_only).toBe(true);
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toContain('no-new-privileges:true');
    expect(service.cap_add ?? []).toEqual(name === 'acme-folder' ? ['CHOWN'] : []);
    const isPrivileged = service.user === undefined || service.user.startsWith('0');
    expect(isPrivileged).toBe(name === 'acme-folder');
  });

  it.each(longRunning)('%s says when it is healthy', (_name, service) => {
    expect(service.healthcheck).toBeDefined();
  });

  it.each(services)('%s has a pinned version that is not below its floor', (_name, service) => {
    const [name = '', tag = ''] = service.image.split(':');
    if (name.startsWith('bulwark-')) return;
    const version = /^v?(\d+(?:\.\d+)+)/.exec(tag)?.[1]?.split('.').map(Number) ?? [];
    expect(isAtLeast(version, FLOORS[name] ?? [Number.POSITIVE_INFINITY]), service.image).toBe(true);
  });
});

describe('networks', () => {
  it('keep the databases away from the world, and let the worker out but nobody in', () => {
    expect(compose.networks.internal?.internal).toBe(true);
    for (const name of ['postgres', 'redis', 'worker', 'migrate', 'prometheus']) {
      const wayOut = name === 'worker' ? ['outbound'] : [];
      expect(compose.services[name]?.networks, name).toEqual(['internal', ...wayOut]);
      expect(compose.services[name]?.ports, name).toBeUndefined();
    }
    expect(compose.services.traefik?.networks).toEqual(['proxy']);
  });

  it('publish inner ports on the loopback address only', () => {
    const published = services.flatMap(([name, service]) =>
      name === 'traefik' ? [] : (service.ports ?? []),
    );
    expect(published).toHaveLength(3);
    for (const port of published) expect(port).toMatch(/^127\.0\.0\.1:/);
  });
});

describe('secrets', () => {
  const holders = (secret: string) =>
    services.filter(([, s]) => s.secrets?.includes(secret)).map(([name]) => name);

  it('reach only who needs them', () => {
    expect(holders('database_url_migrator')).toEqual(['migrate']);
    expect(compose.services.migrate?.secrets).toEqual(['database_url_migrator']);
    expect(holders('auth_secret')).toEqual(['web']);
    expect(holders('log_signing_key')).toEqual(['worker']);
    expect(holders('oauth_client_secret')).toEqual(['web']);
    expect(holders('database_url_gate')).toEqual(['gate']);
    expect(holders('password_postgres')).toEqual(['postgres']);
  });

  it('are declared where they are used, and travel as files', () => {
    for (const [name, service] of services) {
      for (const secret of service.secrets ?? []) expect(compose.secrets, name).toHaveProperty(secret);
      for (const [variable, value] of Object.entries(service.environment ?? {})) {
        const isSecret =
          /(SECRET|PEPPER|ENCRYPTION_KEY|SIGNING_KEY|SMTP_URL|PASSWORD|DATABASE_URL|_RO|_GATE|_MIGRATOR|REDIS_URL)$/.test(
            variable,
          );
        expect(isSecret, `${name} ${variable}`).toBe(false);
        const file = /^\/run\/secrets\/(.+)$/.exec(value)?.[1];
        if (file) expect(service.secrets, `${name} ${variable}`).toContain(file);
      }
    }
  });

  it('are made by make-secrets.sh', () => {
    const script = read('make-secrets.sh');
    for (const name of Object.keys(compose.secrets)) expect(script).toContain(name);
  });
});

it('migrates before anything serves', () => {
  for (const name of ['web', 'gate', 'worker']) {
    expect(compose.services[name]?.depends_on).toMatchObject({
      postgres: { condition: 'service_healthy' },
      migrate: { condition: 'service_completed_successfully' },
    });
  }
});

it('mounts only files that exist', () => {
  const mounts = services
    .flatMap(([, service]) => service.volumes ?? [])
    .filter((volume) => volume.startsWith('./'));
  expect(mounts.length).toBeGreaterThan(2);
  for (const mount of mounts)
    expect(existsSync(join(import.meta.dirname, '..', mount.split(':')[0] ?? '')), mount).toBe(true);
});

it('the Dockerfile builds every target as an ordinary user', () => {
  const dockerfile = read('Dockerfile');
  const stages = [...dockerfile.matchAll(/^FROM \S+ AS (\S+)/gm)].map((match) => match[1]);
  for (const target of ['web', 'gate', 'worker', 'migrate']) expect(stages).toContain(target);
  const users = dockerfile.split(/^FROM /m).flatMap((stage) => {
    const [name] = /(?<= AS )\S+/.exec(stage) ?? [];
    const last = [...stage.matchAll(/^USER (.*)$/gm)].at(-1)?.[1];
    return last === undefined ? [] : [[name, last]];
  });
  // gate and migrate stay what `process` is; the worker is root only while git is installed.
  const ordinary = '10001:10001';
  expect(Object.fromEntries(users)).toEqual({ web: ordinary, process: ordinary, worker: ordinary });
  expect(dockerfile).not.toContain(':latest');
});

it('Traefik strips what Next and the gate trust from inside', () => {
  const dynamic = parse(read('traefik/dynamic.yml'));
  const removed = Object.keys(dynamic.http.middlewares['clean-request'].headers.customRequestHeaders);
  expect(removed).toEqual(expect.arrayContaining(['x-middleware-subrequest', 'next-action', 'upgrade']));
  for (const router of ['console', 'gate']) {
    expect(dynamic.http.routers[router].middlewares).toContain('clean-request');
    expect(dynamic.http.routers[router].tls).toBeDefined();
  }
  expect(readdirSync(join(import.meta.dirname, 'traefik'))).toContain('dynamic.yml');
});

describe('deploy/Dockerfile.dockerignore', () => {
  const ignored = read('Dockerfile.dockerignore');
  const allowed = ignored.split('\n').flatMap((line) => (line.startsWith('!') ? [line.slice(1)] : []));
  const isForTests = (name: string) =>
    /\.test\.ts$|^test-setup|^(playwright|vitest)\.config\.ts$|\.d\.ts$/.test(name);
  const sources = readdirSync(join(import.meta.dirname, '..')).filter(
    (name) => name.endsWith('.ts') && !isForTests(name),
  );

  it('knows what the build reads at the top level', () =>
    expect(sources).toContain('instrumentation-node.ts'));

  it.each(sources)('lets the build read %s', (name) => {
    expect(allowed.some((pattern) => matchesGlob(name, pattern))).toBe(true);
  });
});

it.each(['package-lock.json', 'db/rls-lint.sql', 'drizzle', 'security'])(
  'gives %s to the processes, which "bulwark doctor" reads',
  (path) => {
    const [, processes = ''] = read('Dockerfile').split(' AS process\n');
    expect(processes.split('\nFROM ')[0]).toContain(`/app/${path} `);
  },
);
