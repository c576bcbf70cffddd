import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '@/db/test/template';
import { askGate } from '@/lib/access/gate/test/ask';
import { type GateProcess, startGateProcess } from '@/lib/access/gate/test/gate-process';
import { KeyWorld, type WorldKey } from '@/lib/access/gate/test/key-world';

const GATES = 3;
const KEYS = 12;
const CHANGES_MAX = 4_000;
const LASTS_MS = 20_000;
const BACKGROUND_ASKERS = 16;

let database: TestDatabase;
let world: KeyWorld;
let gates: GateProcess[];
beforeAll(async () => {
  database = await createTestDatabase();
  world = new KeyWorld(database.urls.superuser);
  gates = await Promise.all(Array.from({ length: GATES }, () => startGateProcess(database.urls.gate)));
});
afterAll(async () => {
  for (const gate of gates) gate.kill('SIGTERM');
  expect(await Promise.all(gates.map((gate) => gate.exited))).toEqual(gates.map(() => 0));
  await world.close();
  await database.drop();
});

function pick<T>(items: readonly T[]): T {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new Error('Nothing to pick from');
  return item;
}

/**
 * A key and what is known of it: `isAllowed` holds while `changes` is even; it is odd from before a change is sent
 * until its commit is known.
 */
interface Watched {
  key: WorldKey;
  isAllowed: boolean;
  changes: number;
}

type Change = (key: WorldKey) => Promise<unknown>;

function waysToRefuse(): [refuse: Change, undo: Change][] {
  const { sql } = world;
  const setState = (state: string) => (key: WorldKey) =>
    sql`update api_key_version set state = ${state} where key_id = ${key.keyId}`;
  const setDisabled = (isDisabled: boolean) => (key: WorldKey) =>
    sql`update api_key set disabled_at = case when ${isDisabled} then now() end where id = ${key.keyId}`;
  const setGrace = (interval: string) => (key: WorldKey) =>
    sql`update api_key_version set state = 'grace', grace_until = clock_timestamp() + ${interval}::interval where key_id = ${key.keyId}`;
  return [
    [(key) => world.revokeKey(key), (key) => world.undoRevoke(key)],
    [setState('revoked'), setState('current')],
    [setState('retired'), setState('pending')],
    [setDisabled(true), setDisabled(false)],
    [setGrace('0 s'), setGrace('1 h')],
  ];
}

class Watch {
  checked = 0;
  skipped = 0;
  readonly wrong: string[] = [];

  constructor(
    private readonly caller: WorldKey,
    readonly keys: Watched[],
  ) {}

  /** Asks, and compares where nothing changed between before the request began and after its answer. */
  async ask(watched: Watched, gate: GateProcess): Promise<void> {
    const { changes, isAllowed, key } = watched;
    const { status, body } = await askGate(gate.port, this.caller.secret, { key: key.secret });
    if (changes % 2 === 1 || watched.changes !== changes) {
      this.skipped += 1;
      return;
    }
    this.checked += 1;
    if (status === 200 && body.valid === isAllowed) return;
    this.wrong.push(
      `${key.name} is ${isAllowed ? 'allowed' : 'refused'}, answered ${status} ${body.code} by ${gate.port}`,
    );
  }

  async change(watched: Watched, apply: Change, isAllowed: boolean): Promise<void> {
    watched.changes += 1;
    await apply(watched.key);
    watched.isAllowed = isAllowed;
    watched.changes += 1;
    await Promise.all(gates.map((gate) => this.ask(watched, gate)));
  }
}

describe('promise 2: revoked means refused, with no window', () => {
  it('holds for every request that began after a change was committed, on every gate', {
    timeout: 120_000,
  }, async () => {
    const tenantId = world.newTenant();
    const caller = await world.createCaller(tenantId);
    const keys = await Promise.all(Array.from({ length: KEYS }, () => world.createKey({ tenantId })));
    const watch = new Watch(
      caller,
      keys.map((key) => ({ key, isAllowed: true, changes: 0 })),
    );
    let left = CHANGES_MAX;
    const end = Date.now() + LASTS_MS;
    const goesOn = () => left > 0 && Date.now() < end;
    const askInBackground = async () => {
      while (goesOn()) await watch.ask(pick(watch.keys), pick(gates));
    };
    const ways = waysToRefuse();
    const changeOwn = async (own: Watched[]) => {
      while (goesOn()) {
        left -= 2;
        const watched = pick(own);
        const [refuse, undo] = pick(ways);
        await watch.change(watched, refuse, false);
        await watch.change(watched, undo, true);
      }
    };
    const third = KEYS / 3;
    await Promise.all([
      ...Array.from({ length: BACKGROUND_ASKERS }, askInBackground),
      ...[0, 1, 2].map((i) => changeOwn(watch.keys.slice(i * third, (i + 1) * third))),
    ]);
    expect(watch.wrong).toEqual([]);
    expect(watch.checked).toBeGreaterThan(CHANGES_MAX - left);
  });

  it('holds for the caller’s own key', { timeout: 60_000 }, async () => {
    const tenantId = world.newTenant();
    const subject = await world.createKey({ tenantId });
    for (let i = 0; i < 50; i++) {
      const caller = await world.createCaller(tenantId);
      const asAll = () =>
        Promise.all(gates.map((gate) => askGate(gate.port, caller.secret, { key: subject.secret })));
      expect((await asAll()).map(({ status }) => status)).toEqual(gates.map(() => 200));
      await world.revokeKey(caller);
      expect((await asAll()).map(({ status }) => status)).toEqual(gates.map(() => 401));
    }
  });

  it('holds through a storm that changes more keys at once than a gate reads back', async () => {
    const tenantId = world.newTenant();
    const caller = await world.createCaller(tenantId);
    const key = await world.createKey({ tenantId });
    await world.createManyKeys(tenantId, 2_500);
    const asAll = () =>
      Promise.all(gates.map((gate) => askGate(gate.port, caller.secret, { key: key.secret })));
    expect((await asAll()).map(({ body }) => body.code)).toEqual(gates.map(() => 'VALID'));
    await world.sql`update api_key set revoked_at = now(), revoked_reason = 'KEY_COMPROMISE' where tenant_id = ${tenantId} and id <> ${caller.keyId}`;
    expect((await asAll()).map(({ body }) => body.code)).toEqual(gates.map(() => 'REVOKED'));
  });
});
