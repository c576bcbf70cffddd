import { setTimeout as sleep } from 'node:timers/promises';
import { createTestDatabase } from '@/db/test/template';
import { createGate, type GateConfig } from '@/lib/access/gate/server';
import { askGate, type GateAnswer } from './ask';
import { KeyWorld, TEST_PEPPER, type WorldKey } from './key-world';
import { testLimiter, testPolicy } from './policies';

export interface GateScene {
  world: KeyWorld;
  port: number;
  /** A service of the scene's tenant. */
  caller: WorldKey;
  tenantId: string;
  gateUrl: string;
  logged: string[];
  /** Asks as the caller. */
  ask(question: object | string): Promise<GateAnswer>;
  /** The audit row of an answer. */
  rowOf(requestId: string): Promise<Record<string, unknown> | undefined>;
  stop(): Promise<void>;
}

export async function untilReady(port: number, withinMs = 10_000): Promise<void> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await sleep(20)) {
    const isReady = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      async (response) => {
        await response.arrayBuffer();
        return response.ok;
      },
      () => false,
    );
    if (isReady) return;
  }
  throw new Error(`The gate on port ${port} did not become ready.`);
}

/** A gate in this process, on a database of its own, with a tenant and a calling service. */
export async function openGateScene({
  through = (url) => url,
  ...config
}: Partial<GateConfig> & {
  /** Where the gate connects instead of the database itself. */
  through?: (url: string) => string | Promise<string>;
} = {}): Promise<GateScene> {
  const database = await createTestDatabase();
  const world = new KeyWorld(database.urls.superuser);
  const logged: string[] = [];
  const note = (_: object, message: string) => {
    logged.push(message);
  };
  const limiter = config.limiter ?? testLimiter();
  const gate = createGate({
    databaseUrl: await through(database.urls.gate),
    peppers: new Map([[TEST_PEPPER.id, TEST_PEPPER.value]]),
    log: { info: note, warn: note, error: note },
    limiter,
    policy: testPolicy(),
    jwt: null,
    ...config,
  });
  const { port } = await gate.listen(0, '127.0.0.1');
  await untilReady(port);
  const tenantId = world.newTenant();
  const caller = await world.createCaller(tenantId);
  return {
    world,
    port,
    caller,
    tenantId,
    gateUrl: database.urls.gate,
    logged,
    ask: (question) => askGate(port, caller.secret, question),
    rowOf: async (requestId) => {
      const [row] = await world.sql`select * from audit_event where request_id = ${requestId}`;
      return row;
    },
    stop: async () => {
      await gate.stop();
      await limiter.close();
      await world.close();
      await database.drop();
    },
  };
}
