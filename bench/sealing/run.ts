import { hash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import postgres, { type Sql } from 'postgres';
import { closePools, useDatabase } from '../../db/connect';
import { copyOut, rawTenant } from '../../db/raw-scope';
import { SEALABLE_COLUMNS, SealableRows } from '../../lib/platform/audit/sealable-rows';
import { LeafHasher } from '../../lib/platform/sealing/bulk/leaf-hasher';
import { eventOfRow } from '../../lib/platform/sealing/bulk/row-event';
import { TreeHasher } from '../../lib/platform/sealing/bulk/tree-hasher';
import { exitCodeOf } from '../../lib/platform/sealing/contract';
import { encodeLeaf } from '../../lib/platform/sealing/leaf/encode-leaf';
import { createPublisher } from '../../lib/platform/sealing/publish/publisher';
import { openLog } from '../../lib/platform/sealing/seal/open-log';
import { sealTenant } from '../../lib/platform/sealing/seal/seal-tenant';
import { TransactionTimes } from '../../lib/platform/sealing/seal/snapshots';
import { ringOfSecrets } from '../../lib/platform/sealing/verify/key-ring';
import { verifyDatabase } from '../../lib/platform/sealing/verify/run-verification';
import { cliActorOf } from '../../lib/processes/cli/command';
import { openSliceThreads } from '../../lib/processes/verify/slice-threads';
import { openBenchDatabase } from '../audit/database';
import { BENCH_TENANT, fillAudit, settle } from '../audit/fill';
import { ownProcessorMs } from '../audit/processor';

const ROWS = Number(process.env.BENCH_ROWS ?? 1_000_000);
const THREADS = Number(process.env.BENCH_THREADS ?? availableParallelism());
const SAMPLE_ROWS = 100_000;
const SECRET = 'bench secret of the log, 32 letters and more';

const environment = { BULWARK_MODE: 'local', BULWARK_PROCESS: 'test', LOG_LEVEL: 'silent' };

/** Processor milliseconds of all backends so far. */
async function postgresMs(admin: Sql): Promise<number> {
  const backends = await admin<
    { pid: number }[]
  >`select pid from pg_stat_activity where backend_type = 'client backend'`;
  return backends.reduce((sum, { pid }) => {
    try {
      return sum + Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
    } catch {
      return sum;
    }
  }, 0);
}

interface Cost {
  wallMs: number;
  ownMs: number;
  postgresMs: number;
}

async function costOf(admin: Sql, work: () => Promise<void>): Promise<Cost> {
  const [wallMs, ownMs, backendMs] = [performance.now(), ownProcessorMs(), await postgresMs(admin)];
  await work();
  return {
    wallMs: performance.now() - wallMs,
    ownMs: ownProcessorMs() - ownMs,
    postgresMs: (await postgresMs(admin)) - backendMs,
  };
}

function tell(name: string, rows: number, { wallMs, ownMs, postgresMs: serverMs }: Cost): void {
  const per = (ms: number) => ((ms * 1000) / rows).toFixed(2);
  const both = (ownMs + serverMs) / 1000;
  console.log(
    `${name}: ${(wallMs / 1000).toFixed(1)} s wall, ${both.toFixed(1)} s of processor; per row ${per(ownMs)} µs here + ${per(serverMs)} µs in Postgres; ${Math.round((rows * 1000) / wallMs).toLocaleString('en-US')} rows/s, ${Math.round((2 * rows) / both).toLocaleString('en-US')} on two idle cores`,
  );
}

/** Best of five, in processor time: the machine may be busy with something else. */
function best(name: string, rows: number, work: () => void): void {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    const before = ownProcessorMs();
    work();
    least = Math.min(least, ownProcessorMs() - before);
  }
  console.log(
    `${name}: ${((least * 1000) / rows).toFixed(2)} µs a row, ${Math.round((rows * 1000) / least).toLocaleString('en-US')} rows/s a core`,
  );
}

async function measureHashing(): Promise<void> {
  const rows = new SealableRows();
  await rawTenant({ role: 'app_ro', tenantId: BENCH_TENANT, statementTimeoutMs: 0 }, (tx) =>
    copyOut(
      tx,
      `copy (select ${SEALABLE_COLUMNS} from public.audit_event where tenant_id = '${BENCH_TENANT}' order by at, id
        limit ${SAMPLE_ROWS}) to stdout with (format binary)`,
      (message) => rows.add(message),
    ),
  );
  const count = rows.length;
  const salts = randomBytes(16 * count);
  const hashes = new Uint8Array(32 * count);
  const leaves = Array.from({ length: count }, (_, row) =>
    encodeLeaf(eventOfRow(BENCH_TENANT, rows, row), { salt: salts.subarray(16 * row, 16 * row + 16) }),
  );
  const bytes = leaves.reduce((sum, { length }) => sum + length, 0);
  console.log(`leaves of ${Math.round(bytes / count)} bytes`);
  const block = new Uint8Array(64);
  best('for comparison, one call of node:crypto for 64 bytes', SAMPLE_ROWS, () => {
    for (let i = 0; i < SAMPLE_ROWS; i++) hash('sha256', block, 'binary');
  });
  best('leaf hash alone (node:crypto)', count, () => {
    for (const leaf of leaves) hash('sha256', leaf, 'binary');
  });
  const hasher = new LeafHasher(BENCH_TENANT);
  best('row to leaf hash: salts, personal fields, canonical JSON', count, () =>
    hasher.hash(rows, salts, hashes),
  );
  const trees = new TreeHasher();
  best('tree', count, () => {
    for (let first = 0; first + 256 <= count; first += 256) trees.root(hashes, first, 256);
  });
}

async function sealAll(tenantIds: readonly string[]): Promise<number> {
  const times = new TransactionTimes();
  let leaves = 0;
  for (const id of tenantIds) {
    await openLog(id, 'bench.example');
    for (;;) {
      const result = await sealTenant(id, { times });
      leaves += result?.leaves ?? 0;
      if (!result || result.isDone) break;
    }
  }
  return leaves;
}

async function tellSizes(admin: Sql, rows: number): Promise<void> {
  const tables = ['audit_batch', 'audit_node', 'audit_log', 'audit_checkpoint', 'audit_log_key'];
  let whole = 0;
  for (const table of tables) {
    const [size] = await admin<{ bytes: number }[]>`
      select pg_total_relation_size(${`public.${table}`}::regclass)::float8 as bytes`;
    whole += size?.bytes ?? 0;
    console.log(`${table}: ${((size?.bytes ?? 0) / rows).toFixed(2)} bytes a row`);
  }
  console.log(`sealing, all in: ${(whole / rows).toFixed(1)} bytes a row`);
}

/** What the build makes for the command line. */
async function bundleThread(): Promise<string> {
  mkdirSync('.build', { recursive: true });
  const outfile = join(process.cwd(), '.build/verify-thread.mjs');
  await build({
    entryPoints: ['lib/processes/verify-thread.ts'],
    ...{ outfile, bundle: true, packages: 'external', platform: 'node', format: 'esm', target: 'node24' },
    ...{ tsconfig: 'tsconfig.json', logLevel: 'silent' },
    alias: { 'drizzle-orm': join(process.cwd(), 'node_modules/drizzle-orm') },
  });
  return outfile;
}

async function measureVerification(admin: Sql, rows: number, tenantIds: readonly string[]): Promise<void> {
  const runner = openSliceThreads(THREADS, await bundleThread());
  try {
    let code = -1;
    const cost = await costOf(admin, async () => {
      const report = await verifyDatabase({
        actors: tenantIds.map((id) => cliActorOf(id)),
        ...{
          isComplete: true,
          runner,
          ring: ringOfSecrets([SECRET]),
          policy: null,
          secrets: [SECRET],
          startedBy: 'bench',
        },
      });
      code = exitCodeOf(report.faults);
      if (code !== 0) console.log(JSON.stringify(report.faults.slice(0, 5)));
    });
    tell(`verify, ${THREADS} threads, exit code ${code}`, rows, cost);
  } finally {
    await runner.close();
  }
}

async function main(): Promise<void> {
  Object.assign(process.env, environment);
  const database = await openBenchDatabase('bulwark_sealing');
  const { urls } = database;
  Object.assign(process.env, {
    DATABASE_URL: urls.rw,
    DATABASE_URL_RO: urls.ro,
    DATABASE_URL_GATE: urls.gate,
  });
  useDatabase({ app_rw: urls.rw, app_ro: urls.ro, app_gate: urls.gate });
  const admin = postgres(urls.superuser, { max: 2, onnotice: () => undefined });
  try {
    const [known] = await admin<{ rows: number }[]>`select count(*)::float8 as rows from public.audit_event`;
    if ((known?.rows ?? 0) < ROWS) {
      await fillAudit(admin, ROWS - (known?.rows ?? 0));
      await settle(admin);
    }
    const tenants = await admin<{ id: string }[]>`select distinct tenant_id as id from public.audit_event`;
    const tenantIds = tenants.map(({ id }) => id);
    console.log(`${ROWS.toLocaleString('en-US')} rows of ${tenantIds.length} tenants`);
    await measureHashing();
    let sealed = 0;
    const cost = await costOf(admin, async () => {
      sealed = await sealAll(tenantIds);
    });
    if (sealed > 0) tell('seal a backlog', sealed, cost);
    const publisher = createPublisher({
      ...{ host: 'bench.example', secrets: () => [SECRET], policy: () => null, checkpointFile: undefined },
      listTenants: async () => tenantIds,
      alarm: async () => undefined,
    });
    await publisher.round({ force: true });
    await tellSizes(admin, ROWS);
    await measureVerification(admin, ROWS, tenantIds);
  } finally {
    await closePools();
    await admin.end();
    await database.stop();
  }
}

await main();
