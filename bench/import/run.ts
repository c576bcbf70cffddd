import { closeSync, createReadStream, mkdtempSync, openSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finished, pipeline } from 'node:stream/promises';
import postgres from 'postgres';
import { closePools, useDatabase } from '../../db/connect';
import { importScan } from '../../lib/assurance/findings/import/import-scan';
import { uploadScan } from '../../lib/assurance/findings/import/upload-scan';
import { listFindings } from '../../lib/assurance/findings/read/queries';
import { getScan } from '../../lib/assurance/findings/read/scan-queries';
import type { Actor } from '../../lib/platform/auth/contract';
import { DEFAULT_TENANT_ID } from '../../lib/platform/tenancy/contract';
import { openBenchDatabase } from '../audit/database';
import { writeReport } from './report';

// COPY of the rows into a table like `finding` with its indexes, against the imports of the same rows. Bars of issue 5:
// first import at most 5 times that COPY, an identical one at most 0.8 times the first, at most 300 MB.
const SIZES = (process.env.BENCH_FINDINGS ?? '10000,100000').split(',').map(Number);
const folder = mkdtempSync(join(tmpdir(), 'bulwark-bench-import-'));
process.env.BULWARK_DATA_DIR = folder;
process.env.ENCRYPTION_KEY ??= 'Zk3VbN5kLr7TzW1cYd4FhGm9PsQe6uR2';
process.env.BULWARK_PROCESS = 'test';
process.env.LOG_LEVEL = 'error';

const actor: Actor = {
  type: 'cli',
  tenantId: DEFAULT_TENANT_ID,
  label: 'bench',
  request: { requestId: 'bench', ip: null, userAgent: null, method: null, host: null, path: null },
};

interface Measured {
  seconds: number;
  peakMb: number;
  pageP95Ms: number;
}

const p95 = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? 0;

/** Runs `work` while a page of findings is asked for again and again, and the memory is watched. */
async function watch(work: () => Promise<unknown>): Promise<Measured> {
  globalThis.gc?.();
  let isRunning = true;
  let peak = 0;
  const pages: number[] = [];
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage.rss());
  }, 20);
  const reader = (async () => {
    while (isRunning) {
      const startedMs = performance.now();
      await listFindings(actor, { limit: 50 });
      pages.push(performance.now() - startedMs);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  const startedMs = performance.now();
  try {
    await work();
  } finally {
    isRunning = false;
    clearInterval(timer);
  }
  const seconds = (performance.now() - startedMs) / 1000;
  await reader;
  return { seconds, peakMb: Math.round(peak / 1024 / 1024), pageP95Ms: p95(pages) };
}

async function bring(path: string, asset: string): Promise<Measured & { counts: unknown }> {
  const { scanId } = await uploadScan(
    actor,
    { asset, tool: 'trivy' },
    createReadStream(path, { highWaterMark: 1024 * 1024 }),
  );
  const measured = await watch(() => importScan(actor, scanId));
  const { counts, status, reasons } = await getScan(actor, scanId);
  if (status !== 'done') throw new Error(`${status}: ${reasons.join(' ')}`);
  return { ...measured, counts };
}

/** COPY of the imported rows into an empty table of the same shape, constraints and indexes. */
async function copySeconds(admin: postgres.Sql, asset: string): Promise<number> {
  const file = join(folder, 'rows.copy');
  const columns = await admin<{ name: string }[]>`select attname as name from pg_attribute
    where attrelid = 'finding'::regclass and attnum > 0 and not attisdropped and attgenerated = '' order by attnum`;
  const list = columns.map(({ name }) => `"${name}"`).join(', ');
  await admin`drop table if exists copied`;
  await admin`create table copied (like finding including all)`;
  const rows = await admin
    .unsafe(
      `copy (select ${list} from finding where asset_id = (select id from asset where name = '${asset}')) to stdout`,
    )
    .readable();
  // Not a pipeline: postgres.js leaves a socket paused whose stream ends while its reader is behind.
  const copied = openSync(file, 'w');
  rows.on('data', (chunk: Buffer) => writeSync(copied, chunk));
  await finished(rows);
  closeSync(copied);
  const startedMs = performance.now();
  await pipeline(
    createReadStream(file, { highWaterMark: 1024 * 1024 }),
    await admin.unsafe(`copy copied (${list}) from stdin`).writable(),
  );
  return (performance.now() - startedMs) / 1000;
}

async function measure(admin: postgres.Sql, count: number): Promise<void> {
  const asset = `bench ${count}`;
  const [same, changed] = [join(folder, 'same.json'), join(folder, 'changed.json')];
  await writeReport(same, count);
  await writeReport(changed, count, 1);
  const first = await bring(same, asset);
  const again = await bring(same, asset);
  const other = await bring(changed, asset);
  const copies = [
    await copySeconds(admin, asset),
    await copySeconds(admin, asset),
    await copySeconds(admin, asset),
  ].sort((a, b) => a - b);
  const copy = copies[1] ?? 0;
  const megabytes = (statSync(same).size / 1024 / 1024).toFixed(0);
  console.log(
    `\n${count} findings, ${megabytes} MB; COPY of the rows ${copy.toFixed(2)} s (median of ${copies.map((one) => one.toFixed(2)).join(', ')})`,
  );
  console.log(
    '| run | s | of COPY | of first | peak MB | page p95 ms | counts |\n|---|---|---|---|---|---|---|',
  );
  for (const [name, run] of Object.entries({ first, identical: again, '1 % changed': other })) {
    console.log(
      `| ${name} | ${run.seconds.toFixed(2)} | ${(run.seconds / copy).toFixed(2)} | ${(run.seconds / first.seconds).toFixed(2)} | ${run.peakMb} | ${run.pageP95Ms.toFixed(0)} | ${JSON.stringify(run.counts)} |`,
    );
  }
}

const database = await openBenchDatabase('bulwark_bench_import');
useDatabase({ app_rw: database.urls.rw, app_ro: database.urls.ro, app_gate: database.urls.gate });
const admin = postgres(database.urls.superuser, { max: 1, onnotice: () => undefined });
try {
  for (const count of SIZES) await measure(admin, count);
} finally {
  await admin.end();
  await closePools();
  await database.stop();
  rmSync(folder, { recursive: true });
}
