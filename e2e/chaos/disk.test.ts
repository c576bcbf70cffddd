import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askAboutKey, asOperator, get, Load, until } from './stand/asking';
import { World } from './stand/world';

const BLOCK = Buffer.alloc(64 * 1024);

/** A small disk of its own, so that no other is filled. Only root may mount one. */
function mountSmallDisk(megabytes: number): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-chaos-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0711`, 'tmpfs', folder], {
      stdio: 'ignore',
    });
    return folder;
  } catch {
    rmSync(folder, { recursive: true });
    return null;
  }
}

function unmount(folder: string): void {
  execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true });
}

function fill(folder: string): void {
  const file = openSync(join(folder, 'ballast'), 'a');
  try {
    for (;;) writeSync(file, BLOCK);
  } catch {
    // Full is what it should be.
  } finally {
    closeSync(file);
  }
  expect(statfsSync(folder).bavail).toBeLessThan(16);
}

const free = (folder: string) => rmSync(join(folder, 'ballast'), { force: true });

const disk = mountSmallDisk(300);
const NOT_ROOT = 'Small disks cannot be mounted here: run npm run test:chaos as root.';

let world: World;
beforeAll(async () => {
  const settings = { min_wal_size: '32MB', max_wal_size: '64MB' };
  world = await World.open({
    processes: ['web', 'gate', 'worker'],
    ...(disk ? { postgresParent: disk, postgresSettings: settings } : {}),
  });
});
afterAll(async () => {
  await world.close();
  if (disk) unmount(disk);
});

it('down: no process of ours needs a disk', async () => {
  const env = { BULWARK_DATA_DIR: '/proc/nothing-can-be-written-here' };
  for (const kind of ['gate', 'web', 'worker'] as const) {
    const app = await world.addAnother({ kind, env });
    await app.untilUp(kind === 'worker' ? '/healthz' : '/readyz');
    if (kind === 'gate') expect((await askAboutKey(world, app.port)).json.code).toBe('VALID');
    if (kind === 'web') expect((await get(app.url('/api/v1/me'), { cookie: world.cookie })).status).toBe(200);
    await app.stop();
  }
});

it('slow: a log that nobody reads holds up no answer', async () => {
  const gate = await world.addAnother({ kind: 'gate', log: 'unread', env: { LOG_LEVEL: 'trace' } });
  await gate.untilUp();
  world.database.set('refuse');
  await until('the gate refuses', async () => (await askAboutKey(world, gate.port)).status === 503);
  for (let i = 0; i < 2_000; i++) await askAboutKey(world, gate.port);
  world.database.set('none');
  await until('the gate allows', async () => (await askAboutKey(world, gate.port)).json.code === 'VALID');
  await gate.stop();
});

it.skipIf(!disk)(`full: without room for the log, keys go on. ${disk ? '' : NOT_ROOT}`.trim(), async () => {
  const logs = mountSmallDisk(1);
  if (!logs) throw new Error(NOT_ROOT);
  mkdirSync(join(logs, 'logs'));
  const log = openSync(join(logs, 'logs', 'gate.log'), 'a');
  const gate = await world.addAnother({ kind: 'gate', log });
  await gate.untilUp();
  fill(logs);
  world.database.cut();
  await until('the gate allows', async () => (await askAboutKey(world, gate.port)).json.code === 'VALID');
  world.database.cut();
  await until('the gate allows', async () => (await askAboutKey(world, gate.port)).json.code === 'VALID');
  expect(gate.isRunning).toBe(true);
  await gate.stop();
  closeSync(log);
  unmount(logs);
});

it.skipIf(!disk)('full: Postgres without room is refused, and comes back when there is room', async () => {
  if (!disk) throw new Error(NOT_ROOT);
  const load = new Load(world);
  await load.allows(50);
  fill(disk);
  await until('the gate refuses', async () => load.refused > 20, 60_000);
  await until('the console refuses', async () => {
    const { status, headers } = await asOperator(world, '/api/v1/keys');
    return status === 503 && headers.get('content-type') === 'application/problem+json';
  });
  free(disk);
  await load.allows(50, 60_000);
  await load.end();
  expect(load.unexpected).toEqual([]);
  expect(load.lost).toBe(0);
  expect(await load.unrecorded()).toEqual([]);
  await until('the console answers', async () => (await asOperator(world, '/api/v1/keys')).status === 200);
});

it.skipIf(!disk)('flapping: a disk that fills up again and again costs refusals, never a row', async () => {
  if (!disk) throw new Error(NOT_ROOT);
  const load = new Load(world);
  for (let round = 0; round < 3; round++) {
    const before = load.refused;
    fill(disk);
    await until('the gate refuses', async () => load.refused > before + 5, 60_000);
    free(disk);
    await load.allows(30, 60_000);
  }
  await load.end();
  expect(load.unexpected).toEqual([]);
  expect(await load.unrecorded()).toEqual([]);
});
