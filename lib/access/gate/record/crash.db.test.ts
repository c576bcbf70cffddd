import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askGate } from '@/lib/access/gate/test/ask';
import { type DurableDatabase, startDurableDatabase } from '@/lib/access/gate/test/durable-database';
import { freePort, type GateProcess, spawnGate } from '@/lib/access/gate/test/gate-process';
import { untilReady } from '@/lib/access/gate/test/gate-scene';
import { KeyWorld, type WorldKey } from '@/lib/access/gate/test/key-world';

const ASKERS = 16;

let database: DurableDatabase;
let gate: GateProcess;
let caller: WorldKey;
let keys: WorldKey[];

async function withWorld<T>(work: (world: KeyWorld) => Promise<T>): Promise<T> {
  const world = new KeyWorld(database.superuserUrl);
  try {
    return await work(world);
  } finally {
    await world.close();
  }
}

beforeAll(async () => {
  database = await startDurableDatabase(await freePort());
  await withWorld(async (world) => {
    const tenantId = world.newTenant();
    caller = await world.createCaller(tenantId);
    keys = await Promise.all(Array.from({ length: 5 }, () => world.createKey({ tenantId })));
  });
  gate = await spawnGate(database.urls.gate, await freePort());
  await untilReady(gate.port, 30_000);
});
afterAll(async () => {
  gate.kill('SIGTERM');
  await gate.exited;
  await database.stop();
});

/** Asks without pause and notes what was answered. */
class Load {
  readonly answered: string[] = [];
  unavailable = 0;
  lost = 0;
  slowestUnavailableMs = 0;
  readonly unexpected: string[] = [];
  private isOver = false;
  private readonly askers = Array.from({ length: ASKERS }, (_, i) => this.run(i));

  private async run(asker: number): Promise<void> {
    for (let i = asker; !this.isOver; i++) {
      const beganMs = performance.now();
      const answer = await askGate(gate.port, caller.secret, { key: keys[i % keys.length]?.secret }).catch(
        () => null,
      );
      if (!answer) {
        this.lost += 1;
        await sleep(5);
      } else if (answer.status === 200 && answer.body.code === 'VALID') {
        this.answered.push(answer.body.requestId);
      } else if (answer.status === 503 && Number(answer.headers.get('retry-after')) > 0) {
        this.unavailable += 1;
        this.slowestUnavailableMs = Math.max(this.slowestUnavailableMs, performance.now() - beganMs);
        await sleep(5);
      } else {
        this.unexpected.push(`${answer.status} ${answer.body.code}`);
      }
    }
  }

  /** Waits until this many more were answered. */
  async answers(more: number): Promise<void> {
    const goal = this.answered.length + more;
    for (const deadline = Date.now() + 30_000; this.answered.length < goal; await sleep(10)) {
      if (Date.now() > deadline) throw new Error('The gate did not recover.');
    }
  }

  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.askers);
  }
}

function withoutRow(requestIds: string[]): Promise<string[]> {
  return withWorld(async (world) => {
    const rows = await world.sql<{ id: string }[]>`
      select asked.id from unnest(${requestIds}::uuid[]) as asked(id)
      where not exists (select 1 from audit_event a where a.id = asked.id and a.outcome = 'success')`;
    return rows.map(({ id }) => id);
  });
}

describe('promise 1: no answer without its record', () => {
  it('holds when Postgres crashes under load, and the gate recovers by itself', {
    timeout: 120_000,
  }, async () => {
    const load = new Load();
    for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
      await load.answers(300);
      await database.crash(signal);
      await sleep(300);
      expect((await fetch(`http://127.0.0.1:${gate.port}/readyz`)).status).toBe(503);
      await database.restart();
    }
    await load.answers(300);
    await load.end();
    expect(load.unexpected).toEqual([]);
    expect(load.lost).toBe(0);
    expect(load.unavailable).toBeGreaterThan(0);
    expect(load.slowestUnavailableMs).toBeLessThan(4_000);
    expect(await withoutRow(load.answered)).toEqual([]);
    expect(gate.output()).not.toContain(caller.secret);
  });

  it('holds when the gate is killed under load', { timeout: 120_000 }, async () => {
    const load = new Load();
    for (let round = 0; round < 2; round++) {
      await load.answers(300);
      const { port } = gate;
      gate.kill('SIGKILL');
      await gate.exited;
      gate = await spawnGate(database.urls.gate, port);
      await untilReady(port, 30_000);
    }
    await load.answers(300);
    await load.end();
    expect(load.unexpected).toEqual([]);
    expect(load.lost).toBeGreaterThan(0);
    expect(await withoutRow(load.answered)).toEqual([]);
  });
});
