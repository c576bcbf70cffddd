import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { noteChildren, release, takeOver } from './launcher-record.mjs';
import { keepSecrets } from './local-state.mjs';
import { requireFreePorts } from './ports.mjs';
import { birthOf, endProcess, isAlive, listenerOn } from './process-facts.mjs';
import { environmentOf } from './process-plan.mjs';

const STUBBORN = "process.on('SIGTERM', () => {}); console.log('up'); setInterval(() => {}, 1000);";

let folder: string;
let children: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulwark-launcher-'));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

async function start(script: string): Promise<number> {
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
  children.push(child);
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

async function listen(host: string): Promise<{ server: Server; port: number }> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

describe('a port in use', () => {
  const wanted = (port: number, host = '127.0.0.1') => [
    { name: 'the gate', host, port, variable: 'GATE_PORT' },
  ];

  it('is named with its process and the variable that changes it', async () => {
    const { server, port } = await listen('127.0.0.1');
    await expect(requireFreePorts(wanted(port))).rejects.toMatchObject({
      message: expect.stringContaining(`Port ${port} for the gate is in use by process ${process.pid}`),
      remedy: expect.stringContaining(`GATE_PORT=${port + 10} npm start`),
    });
    server.close();
    await once(server, 'close');
    await expect(requireFreePorts(wanted(port))).resolves.toBeUndefined();
  });

  it('is noticed on ::1 too, where "localhost" may lead', async () => {
    const { server, port } = await listen('::1');
    await expect(requireFreePorts(wanted(port))).rejects.toThrow(`Port ${port}`);
    server.close();
  });

  it('is refused when two of our own want it', async () => {
    const twice = [...wanted(4139), { ...wanted(4139)[0], name: 'the worker', variable: 'WORKER_PORT' }];
    await expect(requireFreePorts(twice as Parameters<typeof requireFreePorts>[0])).rejects.toThrow(
      'Port 4139 is set for both the gate and the worker.',
    );
  });

  it('leads to the process that listens', async () => {
    const { server, port } = await listen('127.0.0.1');
    expect(listenerOn(port)).toBe(process.pid);
    server.close();
    await once(server, 'close');
    expect(listenerOn(port)).toBeNull();
  });
});

describe('an earlier start', () => {
  const record = () => join(folder, 'launcher.json');
  const died = (child: { pid: number; birth: string }) =>
    writeFileSync(
      record(),
      JSON.stringify({ launcher: { pid: 2 ** 22, birth: '1' }, children: [{ name: 'gate', ...child }] }),
    );

  it('that was killed leaves processes, which are ended', async () => {
    const pid = await start("console.log('up'); setInterval(() => {}, 1000);");
    died({ pid, birth: birthOf(pid) });
    expect(await takeOver(folder)).toEqual(['gate']);
    expect(isAlive(pid)).toBe(false);
  });

  it('never costs a stranger that got the same process id', async () => {
    const pid = await start("console.log('up'); setInterval(() => {}, 1000);");
    died({ pid, birth: 'another' });
    expect(await takeOver(folder)).toEqual([]);
    expect(isAlive(pid)).toBe(true);
  });

  it('that still runs is left alone', async () => {
    const pid = await start("console.log('up'); setInterval(() => {}, 1000);");
    writeFileSync(record(), JSON.stringify({ launcher: { pid, birth: birthOf(pid) }, children: [] }));
    await expect(takeOver(folder)).rejects.toThrow(`already runs from this folder (process ${pid})`);
    expect(isAlive(pid)).toBe(true);
  });

  it('that wrote half a record is no obstacle', async () => {
    writeFileSync(record(), '{"launcher":{"pid"');
    expect(await takeOver(folder)).toEqual([]);
    noteChildren(folder, [{ name: 'web', pid: process.pid }]);
    expect(JSON.parse(readFileSync(record(), 'utf8')).children[0]).toMatchObject({
      name: 'web',
      pid: process.pid,
    });
    release(folder);
    expect(() => readFileSync(record())).toThrow('ENOENT');
  });
});

it('a process that does not stop when asked is ended', async () => {
  const pid = await start(STUBBORN);
  await endProcess(pid, { patienceMs: 200 });
  expect(isAlive(pid)).toBe(false);
});

describe('secrets', () => {
  it('are made once, strong, and readable by the owner only', () => {
    const first = keepSecrets(folder, false);
    expect(first.authSecret.length).toBeGreaterThanOrEqual(32);
    expect(first.keyPepper).not.toBe(first.authSecret);
    expect(new Set(Object.values(first.rolePasswords)).size).toBe(4);
    expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600);
    expect(keepSecrets(folder, true)).toEqual(first);
  });

  it('that a newer Bulwark needs are added to the others, once', () => {
    const { encryptionKey, ...earlier } = keepSecrets(folder, false);
    writeFileSync(join(folder, 'secrets.json'), JSON.stringify(earlier));
    const added = keepSecrets(folder, true);
    expect(added).toEqual({ ...earlier, encryptionKey: expect.any(String) });
    expect(added.encryptionKey).not.toBe(encryptionKey);
    expect(keepSecrets(folder, true)).toEqual(added);
  });

  it('that are lost while the database exists are never replaced', () => {
    expect(() => keepSecrets(folder, true)).toThrow('secrets.json is missing');
  });

  it('that are damaged are never replaced', () => {
    writeFileSync(join(folder, 'secrets.json'), '{"superuserPassword":');
    expect(() => keepSecrets(folder, true)).toThrow('secrets.json is damaged');
  });
});

describe('the environment of a process', () => {
  const all = {
    PATH: '/bin',
    DATABASE_URL_MIGRATOR: 'm',
    DATABASE_URL: 'w',
    DATABASE_URL_RO_FILE: '/run/ro',
    DATABASE_URL_GATE: 'g',
    AUTH_SECRET: 'a',
    KEY_PEPPER: 'p',
    ENCRYPTION_KEY: 'e',
    LOG_SIGNING_KEY: 'l',
    SMTP_URL: 's',
    LOCAL_IDP_CLIENT_SECRET: 'i',
    GITHUB_CLIENT_SECRET: 'h',
    OIDC_CORP_CLIENT_SECRET_FILE: '/run/corp',
  };
  const secretsOf = (kind: Parameters<typeof environmentOf>[0]) =>
    Object.keys(environmentOf(kind, all)).filter((name) => name in all && name !== 'PATH');

  it.each([
    [
      'web',
      [
        'DATABASE_URL',
        'DATABASE_URL_RO_FILE',
        'AUTH_SECRET',
        'KEY_PEPPER',
        'ENCRYPTION_KEY',
        'LOCAL_IDP_CLIENT_SECRET',
        'GITHUB_CLIENT_SECRET',
        'OIDC_CORP_CLIENT_SECRET_FILE',
      ],
    ],
    ['gate', ['DATABASE_URL_GATE', 'KEY_PEPPER']],
    [
      'worker',
      ['DATABASE_URL', 'DATABASE_URL_RO_FILE', 'KEY_PEPPER', 'ENCRYPTION_KEY', 'LOG_SIGNING_KEY', 'SMTP_URL'],
    ],
    ['local-idp', ['LOCAL_IDP_CLIENT_SECRET']],
    ['migrate', ['DATABASE_URL_MIGRATOR']],
  ] as const)('%s holds only its own secrets', (kind, names) => {
    expect(secretsOf(kind)).toEqual(names);
    expect(environmentOf(kind, all)).toMatchObject({
      PATH: '/bin',
      BULWARK_PROCESS: kind,
      NODE_ENV: 'production',
    });
  });
});
