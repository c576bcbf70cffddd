import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { processBundle } from '@/db/test/process-bundle';
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
import { type AgentKey, RotateAgent } from '../cli/agent';
import { fileTarget } from '../cli/secret-target';

const CALLERS = 2;

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

const addressOf = (server: Server) => {
  const address = server.address();
  return address && typeof address === 'object' ? address.port : 0;
};

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

/** A worker in its own process, killed and started again, so often at least, until all is done or given up. */
async function mortalWorker(
  scene: Scene,
  wanted: { kills: number; isDone(): boolean; over: AbortSignal },
): Promise<number> {
  const bundle = await processBundle('worker');
  let kills = 0;
  while (!wanted.over.aborted && (kills < wanted.kills || !wanted.isDone())) {
    const port = await freePort();
    const child = spawn(process.execPath, [bundle], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
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
    // On a busy machine a worker does little in a second: the last one lives until all is done.
    while (kills + 1 >= wanted.kills && !wanted.isDone() && !wanted.over.aborted) await sleep(200);
    child.kill('SIGKILL');
    await exited;
    kills += 1;
  }
  return kills;
}

/** A service that reads its secret from a file, a gate that it asks, and an agent that replaces the secret. */
class Stage {
  readonly codes = new Map<string, number>();
  readonly said: string[] = [];
  private readonly over = new AbortController();
  private readonly folder = mkdtempSync(join(tmpdir(), 'bulwark-survival-'));
  private readonly work: Promise<unknown>[] = [];
  private readonly closers: (() => unknown)[] = [];

  constructor(readonly scene: Scene) {}

  get signal(): AbortSignal {
    return this.over.signal;
  }

  async begin(secret: string, callerSecret: string): Promise<void> {
    useConsoleLimiter(unlimited());
    const path = join(this.folder, 'secret');
    writeFileSync(path, secret);
    const limiter = testLimiter();
    const gate = createGate({
      databaseUrl: this.scene.urls.gate,
      peppers: new Map([['p1', TEST_ENV.KEY_PEPPER]]),
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      limiter,
      policy: testPolicy(),
      jwt: null,
    });
    const { port } = await gate.listen(0, '127.0.0.1');
    this.closers.push(
      () => gate.stop(),
      () => limiter.close(),
    );
    await untilReady(port);
    const console = await listenAsConsole();
    this.closers.push(() => console.close());
    for (let i = 0; i < CALLERS; i++) this.repeat(10, () => this.use(port, callerSecret, path));
    const key: AgentKey = { target: fileTarget(path), reload: [process.execPath, '-e', ''] };
    const agent = new RotateAgent(`http://127.0.0.1:${addressOf(console)}`, [key], (line) =>
      this.said.push(line),
    );
    this.repeat(200, () => agent.round());
  }

  private repeat(everyMs: number, act: () => Promise<unknown>): void {
    const going = async () => {
      while (!this.over.signal.aborted) {
        await act();
        await sleep(everyMs);
      }
    };
    this.work.push(going());
  }

  private async use(port: number, callerSecret: string, path: string): Promise<void> {
    const { body } = await askGate(port, callerSecret, { key: readFileSync(path, 'utf8').trim() });
    this.codes.set(body.code, (this.codes.get(body.code) ?? 0) + 1);
  }

  /** Ends everything that goes on, also after a failure: nothing may look for its files afterwards. */
  async end(...more: Promise<unknown>[]): Promise<void> {
    this.over.abort();
    const ended = await Promise.allSettled([...this.work, ...more]);
    for (const close of this.closers) await close();
    rmSync(this.folder, { recursive: true });
    for (const one of ended) if (one.status === 'rejected') throw one.reason;
  }
}

async function rotate(stage: Stage, rotations: number, kills: number): Promise<void> {
  const { admin } = stage.scene;
  const operator = cliActor();
  const scopes = ['keys:self-rotate', 'keys:read'] as const;
  const service = await createKey(operator, { name: 'service', scopes: [...scopes], expiresAt: null });
  const caller = await createKey(operator, { name: 'caller', scopes: ['gate:verify'], expiresAt: null });
  let rotated = 0;
  let worker: Promise<number> = Promise.resolve(0);
  try {
    await stage.begin(service.secret ?? '', caller.secret ?? '');
    worker = mortalWorker(stage.scene, { kills, isDone: () => rotated === rotations, over: stage.signal });
    const done = async () => (await admin`select 1 from key_rotation where state = 'done'`).length;
    for (let i = 1; i <= rotations; i++) {
      await startRotation(operator, service.key.id);
      await vi.waitFor(async () => expect(await done()).toBe(i), { timeout: 240_000, interval: 200 });
      rotated = i;
    }
    expect(await worker).toBeGreaterThanOrEqual(kills);
  } finally {
    await stage.end(worker);
  }
}

/** Rotates the key of a service under load, with its agent, while the worker is killed again and again. */
export async function surviveRotations(rotations: number, kills: number): Promise<void> {
  const scene = await openScene();
  try {
    const stage = new Stage(scene);
    await rotate(stage, rotations, kills);
    expect(Object.fromEntries(stage.codes)).toEqual({ VALID: expect.any(Number) });
    expect(stage.said.filter((line) => line.includes('in place'))).toHaveLength(rotations);
    const promoted = await scene.admin`select 1 from audit_event where action = 'key.promoted'`;
    expect(promoted).toHaveLength(rotations);
    const told = await scene.admin`select type, count(*)::int as n from notification
      where type like 'key.%' group by type order by type`;
    expect([...told]).toEqual([
      { type: 'key.rotated', n: rotations },
      { type: 'key.rotation_due', n: rotations },
    ]);
  } finally {
    await scene.close();
  }
}
