import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openScene, type Scene } from '@/db/test/scene';
import { createGate, type Gate } from '@/lib/access/gate/server';
import { freePort } from '@/lib/access/gate/test/gate-process';
import { untilReady } from '@/lib/access/gate/test/gate-scene';
import { KeyWorld, TEST_PEPPER } from '@/lib/access/gate/test/key-world';
import { testLimiter, testPolicy } from '@/lib/access/gate/test/policies';
import { eventReader } from '@/lib/response/detections/intake';
import { processAll } from '@/lib/response/detections/test/feed';
import { findProgram } from './test/proxy-scene';

const FILE = join(import.meta.dirname, 'prometheus/alertmanager.yml');
const KEY_FILE = '/run/secrets/alertmanager_key';
const program = findProgram('prometheus-alertmanager') ?? findProgram('alertmanager');
const amtool = findProgram('amtool');
const without = program && amtool ? '' : ' (skipped: apt-get install prometheus-alertmanager)';

/** The shipped file with this scene's addresses, and waits that a test can wait for. */
function configured(gatePort: number, keyFile: string): string {
  const text = readFileSync(FILE, 'utf8');
  expect(text).toContain('http://gate:3100/');
  expect(text).toContain(KEY_FILE);
  return text
    .replace('http://gate:3100/', `http://127.0.0.1:${gatePort}/`)
    .replace(KEY_FILE, keyFile)
    .replace('group_wait: 10s', 'group_wait: 200ms')
    .replace('group_interval: 1m', 'group_interval: 1s');
}

describe.skipIf(!program || !amtool)(`the receiver of deploy/prometheus/alertmanager.yml${without}`, () => {
  let scene: Scene;
  let world: KeyWorld;
  let gate: Gate;
  let tenantId: string;
  let folder: string;
  let child: ChildProcess | undefined;
  let port: number;
  let keyFile: string;
  let secret: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'bulwark-alertmanager-'));
    scene = await openScene();
    world = new KeyWorld(scene.urls.superuser);
    tenantId = world.newTenant();
    ({ secret } = await world.createKey({ tenantId, name: 'alertmanager', scopes: ['events:write'] }));
    const silent = () => undefined;
    gate = createGate({
      databaseUrl: scene.urls.gate,
      peppers: new Map([[TEST_PEPPER.id, TEST_PEPPER.value]]),
      log: { info: silent, warn: silent, error: silent },
      limiter: testLimiter(),
      policy: testPolicy(),
      jwt: null,
      events: { reader: eventReader, spill: null, spillBytesMax: 0 },
    });
    const { port: gatePort } = await gate.listen(0, '127.0.0.1');
    await untilReady(gatePort);
    keyFile = join(folder, 'key');
    writeFileSync(keyFile, '');
    writeFileSync(join(folder, 'alertmanager.yml'), configured(gatePort, keyFile));
    port = await freePort();
    child = spawn(
      program ?? '',
      [
        `--config.file=${join(folder, 'alertmanager.yml')}`,
        `--storage.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--cluster.listen-address=',
      ],
      { stdio: 'ignore' },
    );
    await until(async () => (await fetch(`http://127.0.0.1:${port}/-/ready`).catch(() => null))?.ok === true);
  });
  afterAll(async () => {
    child?.kill('SIGKILL');
    await gate?.stop();
    await world?.close();
    await scene?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function until(holds: () => Promise<boolean>, withinMs = 15_000): Promise<void> {
    for (const deadline = Date.now() + withinMs; !(await holds()); await sleep(100)) {
      if (Date.now() > deadline) throw new Error('It did not happen in time.');
    }
  }

  async function fire(name: string, endsAt?: Date): Promise<void> {
    const labels = { alertname: name, severity: 'critical', instance: 'db-1' };
    const annotations = { summary: 'Replication lags <b>behind</b>.' };
    const alert = { labels, annotations, startsAt: startedAt, endsAt: endsAt?.toISOString() };
    const answer = await fetch(`http://127.0.0.1:${port}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([alert]),
    });
    expect(answer.status).toBe(200);
  }
  const startedAt = new Date(Date.now() - 60_000).toISOString();

  async function groupOf(name: string): Promise<Record<string, unknown> | undefined> {
    await processAll(undefined, tenantId);
    const [row] = await scene.admin`
      select rule, severity, firing, resolved_at, output from detection_group
      where tenant_id = ${tenantId} and rule = ${name}`;
    return row;
  }

  it('is a configuration that Alertmanager takes', () => {
    expect(execFileSync(amtool ?? '', ['check-config', FILE], { encoding: 'utf8' })).toContain('SUCCESS');
  });

  it('is refused while the key file is empty, and delivers once a key stands in it', async () => {
    await fire('ReplicationLag');
    await until(async () => {
      const [row] =
        await scene.admin`select count(*)::int as n from audit_event where path like '/v1/events/%'`;
      return Number(row?.n) > 0;
    });
    expect(await groupOf('ReplicationLag')).toBeUndefined();
    writeFileSync(keyFile, secret);
    await until(async () => (await groupOf('ReplicationLag')) !== undefined);
    expect(await groupOf('ReplicationLag')).toMatchObject({
      severity: 'critical',
      firing: 1,
      resolved_at: null,
      output: expect.stringContaining('Replication lags <b>behind</b>.'),
    });
  });

  it('says when it is over', async () => {
    await fire('ReplicationLag', new Date());
    await until(async () => (await groupOf('ReplicationLag'))?.firing === 0);
    expect((await groupOf('ReplicationLag'))?.resolved_at).toBeInstanceOf(Date);
  });
});
