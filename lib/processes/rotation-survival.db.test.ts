import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { cliActor, openScene, type Scene, TEST_ENV } from '@/db/test/scene';
import { createKey } from '@/lib/access/api-keys/change/create-key';
import { fetchOwnRotation, getOwnRotation } from '@/lib/access/api-keys/rotation/fetch-rotation';
import { startRotation } from '@/lib/access/api-keys/rotation/start-rotation';
import { createGate } from '@/lib/access/gate/server';
import { askGate } from '@/lib/access/gate/test/ask';
import { freePort } from '@/lib/access/gate/test/gate-process';
import { untilReady } from '@/lib/access/gate/test/gate-scene';
import { testLimiter, testPolicy } from '@/lib/access/gate/test/policies';
import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { useConsoleLimiter } from '@/lib/platform/rate-limit/console-limiter';
import { unlimited } from '@/lib/platform/rate-limit/test/unlimited';
import { type AgentKey, RotateAgent } from './cli/agent';
import { fileTarget } from './cli/secret-target';

const ROTATIONS = 3;
const KILLS = 10;
const CALLERS = 2;

let scene: Scene;
let console: Server;
let folder: string;

const GET = apiRoute({ permission: 'keys:self-rotate', run: (actor) => getOwnRotation(actor) });
const POST = apiRoute({ permission: 'keys:self-rotate', run: (actor) => fetchOwnRotation(actor) });

/** The console's one route that the agent calls, over HTTP. */
async function listenAsConsole(): Promise<Server> {
  const server = createServer(async (request, response) => {
    const url = `http://localhost:3000${request.url}`;
    const handler = request.method === 'POST' ? POST : GET;
    const headers = { authorization: request.headers.authorization ?? '' };
    const asked = new Request(url, { method: request.method ?? 'GET', headers });
    const answer = await handler(asked, { params: Promise.resolve({}) });
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

beforeAll(async () => {
  scene = await openScene();
  useConsoleLimiter(unlimited());
  folder = mkdtempSync(join(tmpdir(), 'bulwark-survival-'));
  console = await listenAsConsole();
});
afterAll(async () => {
  console.close();
  rmSync(folder, { recursive: true });
  await scene.close();
});

/** Its jobs begin at that moment; whether they have ended is for the killer not to know. */
async function untilAlive(port: number): Promise<void> {
  for (let i = 0; i < 600; i++) {
    const isAlive = await fetch(`http://127.0.0.1:${port}/healthz`).then(
      (response) => response.ok,
      () => false,
    );
    if (isAlive) return;
    await sleep(50);
  }
}

/** A worker in its own process, killed and started again, ten times at least and until all is done. */
async function mortalWorker(isDone: () => boolean): Promise<number> {
  let kills = 0;
  while (kills < KILLS || !isDone()) {
    const port = await freePort();
    const child = spawn(process.execPath, ['--import', 'tsx', 'lib/processes/worker.ts'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        ...TEST_ENV,
        BULWARK_PROCESS: 'worker',
        WORKER_PORT: String(port),
        DATABASE_URL: scene.urls.rw,
        DATABASE_URL_RO: scene.urls.ro,
      },
    });
    const exited = once(child, 'exit');
    await Promise.race([untilAlive(port), exited]);
    await sleep(400 + Math.random() * 1_000);
    child.kill('SIGKILL');
    await exited;
    kills += 1;
  }
  return kills;
}

const addressOf = (server: Server) => {
  const address = server.address();
  return address && typeof address === 'object' ? address.port : 0;
};

it('a service with the agent survives three rotations under load, the worker being killed ten times', async () => {
  const operator = cliActor();
  const scopes = ['keys:self-rotate', 'keys:read'] as const;
  const service = await createKey(operator, { name: 'service', scopes: [...scopes], expiresAt: null });
  const caller = await createKey(operator, { name: 'caller', scopes: ['gate:verify'], expiresAt: null });
  const path = join(folder, 'secret');
  writeFileSync(path, service.secret ?? '');

  const limiter = testLimiter();
  const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const gate = createGate({
    databaseUrl: scene.urls.gate,
    peppers: new Map([['p1', TEST_ENV.KEY_PEPPER]]),
    log: quiet,
    limiter,
    policy: testPolicy(),
    jwt: null,
  });
  const { port } = await gate.listen(0, '127.0.0.1');
  await untilReady(port);

  const over = new AbortController();
  const codes = new Map<string, number>();
  const load = Array.from({ length: CALLERS }, async () => {
    while (!over.signal.aborted) {
      const { body } = await askGate(port, caller.secret ?? '', { key: readFileSync(path, 'utf8').trim() });
      codes.set(body.code, (codes.get(body.code) ?? 0) + 1);
      await sleep(10);
    }
  });
  const key: AgentKey = { target: fileTarget(path), reload: [process.execPath, '-e', ''] };
  const said: string[] = [];
  const agent = new RotateAgent(`http://127.0.0.1:${addressOf(console)}`, [key], (line) => said.push(line));
  const agentLoop = (async () => {
    while (!over.signal.aborted) {
      await agent.round();
      await sleep(200);
    }
  })();
  let rotated = 0;
  const worker = mortalWorker(() => rotated === ROTATIONS);

  const done = async () => (await scene.admin`select 1 from key_rotation where state = 'done'`).length;
  for (let i = 1; i <= ROTATIONS; i++) {
    await startRotation(operator, service.key.id);
    await vi.waitFor(async () => expect(await done()).toBe(i), { timeout: 120_000, interval: 200 });
    rotated = i;
  }
  const kills = await worker;
  over.abort();
  await Promise.all([...load, agentLoop]);
  await gate.stop();
  await limiter.close();

  expect(Object.fromEntries(codes)).toEqual({ VALID: expect.any(Number) });
  expect(said.filter((line) => line.includes('in place'))).toHaveLength(ROTATIONS);
  expect(await scene.admin`select 1 from audit_event where action = 'key.promoted'`).toHaveLength(ROTATIONS);
  expect(kills).toBeGreaterThanOrEqual(KILLS);
  const notices =
    await scene.admin`select type, count(*)::int as n from notification where type like 'key.%' group by type order by type`;
  expect([...notices]).toEqual([
    { type: 'key.rotated', n: ROTATIONS },
    { type: 'key.rotation_due', n: ROTATIONS },
  ]);
}, 240_000);
