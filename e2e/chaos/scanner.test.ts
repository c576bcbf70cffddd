import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { userActor } from '@/db/test/scene';
import type { RunDto } from '@/lib/assurance/scanners/contract';
import { getRun, readLog } from '@/lib/assurance/scanners/queries';
import { runTarget } from '@/lib/assurance/scanners/runs/run-target';
import { isolation } from '@/lib/assurance/scanners/sandbox/sandbox';
import { createTarget } from '@/lib/assurance/scanners/targets/create-target';
import { lives, openPlace } from '@/lib/assurance/scanners/test/place';
import { until } from './stand/asking';
import { World } from './stand/world';

/** How long the queue takes to notice that a worker is silent, and to give its job to another. */
const TAKEN_UP_MS = 90_000;
const SLEEPS = ['4801.25', '4801.5', '4801.75'];

/**
 * In the place of Gitleaks: with a child, one in a session of its own and one that also forgot its environment. Where
 * `state` has a file named like the target, it ends at once instead.
 */
const SCRIPT = `#!/bin/bash
if [ "$1" = version ]; then echo 8.1.2; exit 0; fi
for a in "$@"; do case "$a" in --report-path=*) R="\${a#*=}";; esac; done
if [ -e "STATE/$(cat "\${@: -1}/name")" ]; then echo '[]' > "$R"; exit 0; fi
echo "begins"
sleep 4801.25 & setsid sleep 4801.5 & (setsid sh -c 'exec env -i sleep 4801.75' &)
wait
`;

const place = openPlace();
const state = join(place.root, 'state');
let world: World;
beforeAll(async () => {
  mkdirSync(state);
  chmodSync(state, 0o755);
  const path = place.write('bin/gitleaks', SCRIPT.replace('STATE', state), 0o755);
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  world = await World.open({
    processes: ['worker'],
    env: {
      ENCRYPTION_KEY: 'h7Kq2VbN5kLr7TzW1cYd4FhGm9PsQe6u',
      SCAN_PATHS: place.root,
      SCAN_BINARIES: `gitleaks=${path}@sha256:${sha256}`,
    },
  });
});
afterAll(async () => {
  await world?.close();
  place.close();
});

/** What the screen would show. */
const asOperator = <T>(ask: (actor: Awaited<ReturnType<typeof userActor>>) => Promise<T>): Promise<T> =>
  world.asConsole(async () => ask(await userActor('operator', world.tenantId)));

async function start(name: string): Promise<RunDto> {
  place.write(`${name}/name`, name);
  return asOperator(async (operator) => {
    const location = join(place.root, name);
    const target = await createTarget(operator, { asset: name, scanner: 'gitleaks', kind: 'path', location });
    return runTarget(operator, target.id);
  });
}

const scratchOf = (pid: number) =>
  readdirSync(tmpdir()).filter((name) => name.startsWith(`bulwark-scan-${pid}.`));

/** Kills the worker once its scanner is in the middle of its work. @returns the scratch directories it leaves */
async function killInTheMiddle(): Promise<string[]> {
  const worker = world.app('worker');
  await until('the scanner works', async () => SLEEPS.every(lives), TAKEN_UP_MS);
  const left = scratchOf(worker.pid);
  expect(left).toHaveLength(1);
  await worker.kill();
  if (isolation().namespaces.length > 0 && isolation().diesWithWorker)
    await until('the kernel killed the scanner with its worker', async () => !SLEEPS.some(lives), 2_000);
  return left;
}

async function startAgain(left: string[]): Promise<void> {
  const worker = world.app('worker');
  worker.start();
  await worker.untilUp('/readyz', 40_000);
  const isClean = async () => !left.some((name) => existsSync(join(tmpdir(), name)));
  await until('the scratch directory is gone', isClean, 10_000);
}

async function ended(id: string): Promise<RunDto> {
  const read = () => asOperator((operator) => getRun(operator, id));
  await until(
    'the run ended',
    async () => !['queued', 'running'].includes((await read()).status),
    TAKEN_UP_MS,
  );
  return read();
}

async function effectsOf(id: string) {
  const [row] = await world.keys.sql<{ attempts: number; ends: number; scans: number }[]>`
    select r.attempts, (select count(*)::int from audit_event e where e.target_id = r.id::text
      and e.action in ('scanner_run.imported', 'scanner_run.failed')) as ends,
      (select count(*)::int from scan s where s.tenant_id = r.tenant_id and s.id = r.scan_id) as scans
    from scanner_run r where r.id = ${id}`;
  return row;
}

it('a worker killed in the middle of a scan leaves nothing behind, and the run is taken up again once', {
  timeout: 240_000,
}, async () => {
  const run = await start('once');
  const left = await killInTheMiddle();
  place.write('state/once', '');
  await startAgain(left);
  expect(await ended(run.id)).toMatchObject({ status: 'imported' });
  expect(SLEEPS.filter(lives)).toEqual([]);
  expect(await effectsOf(run.id)).toEqual({ attempts: 2, ends: 1, scans: 1 });
  const { items } = await asOperator((operator) => readLog(operator, run.id));
  const said = items.filter(({ line }) => line.includes('The worker stopped in the middle of it'));
  expect(said).toHaveLength(1);
});

it('killed twice, the run is failed with a sentence, and the target can be scanned again', {
  timeout: 360_000,
}, async () => {
  const run = await start('twice');
  await startAgain(await killInTheMiddle());
  await startAgain(await killInTheMiddle());
  const failed = await ended(run.id);
  expect(failed).toMatchObject({ status: 'failed', scan: null });
  expect(failed.sentence).toMatch(/The worker stopped during this run twice/);
  expect(SLEEPS.filter(lives)).toEqual([]);
  expect(await effectsOf(run.id)).toEqual({ attempts: 2, ends: 1, scans: 0 });
  place.write('state/twice', '');
  const again = await asOperator((operator) => runTarget(operator, run.targetId));
  expect(await ended(again.id)).toMatchObject({ status: 'imported' });
});
