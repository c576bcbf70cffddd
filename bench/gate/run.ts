/**
 * How much of a bare node:http server's rate the gate reaches with every answer recorded durably first: at
 * /v1/authorize with limits in memory, in Redis and with Supabase sessions, and at /v1/verify.
 * Run: node_modules/.bin/node node_modules/.bin/tsx bench/gate/run.ts [--rounds 5] [--seconds 4] [--keys 100,100000]
 *   [--connections 64] [--minutes 5] [--no-next]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type DurableDatabase, startDurableDatabase } from '@/lib/access/gate/test/durable-database';
import { KeyWorld, type WorldKey } from '@/lib/access/gate/test/key-world';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { type LoadResult, measure, measureTogether, writeAuthorizeScript, writeVerifyScript } from './load';
import {
  bundleGate,
  type RunningServer,
  startBetterAuth,
  startGate,
  startHello,
  startNext,
  startRedis,
} from './servers';
import { BENCH_JWT, signTokens } from './tokens';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    keys: { type: 'string', default: '100' },
    connections: { type: 'string', default: '64' },
    minutes: { type: 'string' },
    'no-next': { type: 'boolean', default: false },
  },
  allowNegative: false,
});
const PORTS = {
  hello: 4350,
  gate: 4351,
  next: 4352,
  postgres: 4353,
  redis: 4354,
  gateWithRedis: 4355,
  secondGate: 4357,
  betterAuth: 4358,
};
/** Every key is asked about once before it counts: the first question about a key reads it. */
const KEYS_WARMED_PER_SECOND = 5_000;
const connections = Number(options.connections);
const seconds = Number(options.seconds);

interface Contestant {
  name: string;
  url: string;
  script?: string;
  warmUpSeconds: number;
  results: (LoadResult & { cpuUs: number })[];
  server: RunningServer;
  /** A second process of the same kind: each is asked on half of the connections, at the same time. */
  twin?: RunningServer;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function runRounds(contestants: Contestant[]): Promise<void> {
  const rounds = Number(options.rounds);
  for (const { url, script, warmUpSeconds, twin } of contestants) {
    await measure({ url, script, connections, seconds: warmUpSeconds });
    if (twin) await measure({ url: twin.url, script, connections, seconds: warmUpSeconds });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { url, script, results, server, twin } of contestants) {
      const cpuSeconds = () => server.cpuSeconds() + (twin?.cpuSeconds() ?? 0);
      const before = cpuSeconds();
      const result = twin
        ? await measureTogether([url, twin.url], { script, connections, seconds })
        : await measure({ url, script, connections, seconds });
      const cpuUs = ((cpuSeconds() - before) * 1e6) / (result.requestsPerSecond * seconds);
      results.push({ ...result, cpuUs });
    }
  }
}

function report(contestants: Contestant[]): void {
  const floor = median(contestants[0]?.results.map((r) => r.requestsPerSecond) ?? []);
  print(`\n${connections} connections, ${options.rounds} interleaved rounds of ${seconds} s, medians\n`);
  print('server                          req/s   ratio   p50 ms   p99 ms   CPU µs  failures');
  for (const { name, results } of contestants) {
    const rate = median(results.map((r) => r.requestsPerSecond));
    const cells = [
      name.padEnd(30),
      rate.toFixed(0).padStart(7),
      (rate / floor).toFixed(3).padStart(7),
      median(results.map((r) => r.p50Ms))
        .toFixed(2)
        .padStart(8),
      median(results.map((r) => r.p99Ms))
        .toFixed(2)
        .padStart(8),
      median(results.map((r) => r.cpuUs))
        .toFixed(1)
        .padStart(8),
      String(results.reduce((sum, r) => sum + r.failures, 0)).padStart(9),
    ];
    print(cells.join(' '));
  }
}

async function watchMemory(gate: RunningServer, script: string, minutes: number): Promise<void> {
  print(`\nresident memory of the gate under load, MiB, every 10 s for ${minutes} min`);
  const line: string[] = [];
  for (const end = Date.now() + minutes * 60_000; Date.now() < end; ) {
    await measure({ url: gate.url, script, connections, seconds: 10 });
    line.push(gate.residentMiB().toFixed(0));
  }
  print(line.join(' '));
}

interface KeySet {
  count: number;
  script: string;
  /** The same keys at a route. */
  atRoute: string;
}

/** One tenant for each number of keys, each with a caller of its own. */
async function prepareKeys(database: DurableDatabase, folder: string): Promise<KeySet[]> {
  const world = new KeyWorld(database.superuserUrl);
  const sets: KeySet[] = [];
  for (const count of options.keys.split(',').map(Number)) {
    const caller: WorldKey = await world.createCaller(world.newTenant());
    const secrets = await world.createManyKeys(caller.tenantId, count);
    const script = join(folder, `verify-${count}.lua`);
    writeVerifyScript(script, caller.secret, secrets);
    const atRoute = join(folder, `authorize-${count}.lua`);
    writeAuthorizeScript(atRoute, 'X-API-Key', await world.createManyKeys(DEFAULT_TENANT_ID, count));
    sets.push({ count, script, atRoute });
  }
  await world.sql`analyze`;
  await world.close();
  return sets;
}

/** Log segments that were filled once, as a database has them that has run for a while: a new one costs 30 ms. */
async function fillLog(database: DurableDatabase): Promise<void> {
  const world = new KeyWorld(database.superuserUrl);
  for (let segment = 0; segment < 62; segment++) {
    await world.sql`select pg_logical_emit_message(false, 'bench', 'fills a segment')`;
    await world.sql`select pg_switch_wal()`;
  }
  await world.sql`checkpoint`;
  await world.close();
}

async function startPeer(database: DurableDatabase): Promise<RunningServer | null> {
  const world = new KeyWorld(database.superuserUrl);
  await world.sql`create database better_auth`;
  await world.close();
  const url = new URL('/better_auth', database.superuserUrl).href;
  const peer = await startBetterAuth(PORTS.betterAuth, url);
  if (!peer) print('better-auth is left out: npm ci --ignore-scripts in bench/gate/better-auth installs it');
  return peer;
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-bench-gate-'));
  const database = await startDurableDatabase(PORTS.postgres);
  const servers: RunningServer[] = [];
  try {
    const sets = await prepareKeys(database, folder);
    await fillLog(database);
    const hello = await startHello(PORTS.hello);
    const redis = await startRedis(PORTS.redis);
    servers.push(hello, redis);
    await bundleGate();
    const gate = await startGate(PORTS.gate, database.urls.gate, BENCH_JWT);
    const shared = await startGate(PORTS.gateWithRedis, database.urls.gate, { REDIS_URL: redis.url });
    servers.push(gate, shared);
    const second = await startGate(PORTS.secondGate, database.urls.gate);
    servers.push(second);
    const tokens = join(folder, 'tokens.lua');
    writeAuthorizeScript(tokens, 'Authorization', await signTokens(100));
    const contestants: Contestant[] = [
      { name: 'bare node:http hello', url: hello.url, server: hello, warmUpSeconds: 2, results: [] },
    ];
    const add = (name: string, server: RunningServer, script: string, warmUpSeconds = 3) =>
      contestants.push({ name, url: server.url, server, script, warmUpSeconds, results: [] });
    for (const { count, script, atRoute } of sets) {
      const warmUpSeconds = 2 + Math.ceil(count / KEYS_WARMED_PER_SECOND);
      add(`authorize, memory, ${count} keys`, gate, atRoute, warmUpSeconds);
      add(`verify, memory, ${count} keys`, gate, script, warmUpSeconds);
    }
    add('authorize, Redis limits', shared, sets[0]?.atRoute ?? '');
    add('authorize, Supabase JWT, warm', gate, tokens);
    add('authorize, two gates', gate, sets[0]?.atRoute ?? '');
    for (const contestant of contestants.slice(-1)) contestant.twin = second;
    const script = sets[0]?.script ?? '';
    add('bare node:http, POST body read', hello, script, 2);
    if (!options['no-next']) {
      const next = await startNext(PORTS.next, database.superuserUrl);
      servers.push(next);
      add('Next handler, INSERT each', next, script, 2);
    }
    const peer = await startPeer(database);
    if (peer) {
      servers.push(peer);
      const keys = join(folder, 'peer.lua');
      const url = new URL('/keys', peer.url);
      writeVerifyScript(keys, '', (await (await fetch(url)).text()).split('\n'));
      add('better-auth, verifyApiKey', peer, keys, 2);
    }
    await runRounds(contestants);
    report(contestants);
    if (options.minutes) await watchMemory(gate, script, Number(options.minutes));
  } finally {
    for (const server of servers) await server.stop();
    await database.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
