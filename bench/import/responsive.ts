import { createReadStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Product, peakMegabytes, startProduct } from './product';
import { writeReport } from './report';

// A started Bulwark imports a large report, first, again and changed, while the findings API is asked. Bars of issue 5:
// p95 of an answer at most 100 ms meanwhile, at most 300 MB in the worker.
const COUNT = Number(process.env.BENCH_FINDINGS ?? 100_000);
const IDLE_MS = 10_000;
const PAUSE_MS = 25;
const QUESTIONS = {
  'first page': '/api/v1/findings?limit=50',
  'severity facet': '/api/v1/findings?limit=50&severity=high',
  'package facet': '/api/v1/findings?limit=50&package=package-77',
};

const folder = mkdtempSync(join(tmpdir(), 'bulwark-bench-responsive-'));

interface Scan {
  status: string;
  reasons: string[];
  counts: Record<string, number> | null;
  startedAt: string | null;
  finishedAt: string | null;
}

function client(product: Product, key: string) {
  const headers = { authorization: `Bearer ${key}` };
  const get = async (path: string) => {
    const response = await fetch(product.url + path, { headers });
    const body = await response.json();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(body)}`);
    return body;
  };
  const upload = async (path: string): Promise<string> => {
    const response = await fetch(`${product.url}/api/v1/scans?asset=web&tool=trivy`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: Readable.toWeb(createReadStream(path)) as ReadableStream,
      duplex: 'half',
    } as RequestInit);
    const { scanId } = await response.json();
    if (response.status !== 202) throw new Error(`The upload was answered with ${response.status}.`);
    return scanId;
  };
  return { get, upload };
}

const percentile = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

/** Asks one question after the other until `isOver`, as somebody who looks at the page would. */
async function ask(get: (path: string) => Promise<unknown>, isOver: () => boolean) {
  const times = new Map(Object.keys(QUESTIONS).map((name) => [name, [] as number[]]));
  while (!isOver()) {
    for (const [name, path] of Object.entries(QUESTIONS)) {
      const startedMs = performance.now();
      await get(path);
      times.get(name)?.push(performance.now() - startedMs);
      await sleep(PAUSE_MS);
    }
  }
  return times;
}

function show(run: string, seconds: number | null, memory: number, times: Map<string, number[]>): void {
  for (const [name, values] of times) {
    const cells = [0.5, 0.95, 1].map((share) => percentile(values, share).toFixed(0));
    const whole = seconds === null ? '' : seconds.toFixed(1);
    console.log(`| ${run} | ${whole} | ${memory} | ${name} | ${values.length} | ${cells.join(' | ')} |`);
  }
}

async function measure(product: Product): Promise<void> {
  const { get, upload } = client(product, product.createKey('scans:write,scans:read,findings:read'));
  const worker = product.pids().worker ?? 0;
  const paths = [join(folder, 'same.json'), join(folder, 'changed.json')] as const;
  await writeReport(paths[0], COUNT);
  await writeReport(paths[1], COUNT, 1);
  console.log(`${COUNT} findings, ${(statSync(paths[0]).size / 1024 / 1024).toFixed(0)} MB`);
  console.log(
    '| while | import s | worker peak MB | question | answers | p50 ms | p95 ms | max ms |\n|---|---|---|---|---|---|---|---|',
  );
  const idle = async (run: string) => {
    const endMs = performance.now() + IDLE_MS;
    show(run, null, peakMegabytes(worker), await ask(get, () => performance.now() > endMs));
  };
  await get(QUESTIONS['first page']);
  await idle('idle, empty');
  for (const [run, path] of [
    ['first', paths[0]],
    ['identical', paths[0]],
    ['1 % changed', paths[1]],
  ] as const) {
    const scanId = await upload(path);
    let scan: Scan | undefined;
    const watching = (async () => {
      do {
        await sleep(500);
        scan = (await get(`/api/v1/scans/${scanId}`)) as Scan;
      } while (scan.status === 'queued' || scan.status === 'running');
    })();
    const times = await ask(get, () => scan !== undefined && scan.finishedAt !== null);
    await watching;
    if (scan?.status !== 'done') throw new Error(`${scan?.status}: ${scan?.reasons.join(' ')}`);
    const seconds = (Date.parse(scan.finishedAt ?? '') - Date.parse(scan.startedAt ?? '')) / 1000;
    show(run, seconds, peakMegabytes(worker), times);
  }
  await idle('idle, full');
}

const product = await startProduct();
try {
  await measure(product);
} finally {
  await product.stop();
  rmSync(folder, { recursive: true, force: true });
}
