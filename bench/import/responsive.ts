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
/** What the page shows meanwhile, of another asset. */
const SHOWN_COUNT = 2_000;
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
  const upload = async (path: string, asset: string): Promise<string> => {
    const response = await fetch(`${product.url}/api/v1/scans?asset=${asset}&tool=trivy`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: Readable.toWeb(createReadStream(path)) as ReadableStream,
      duplex: 'half',
    } as RequestInit);
    const { scanId } = await response.json();
    if (response.status !== 202) throw new Error(`The upload was answered with ${response.status}.`);
    return scanId;
  };
  /** The scan once its import has ended. */
  const imported = async (path: string, asset: string): Promise<Scan> => {
    const scanId = await upload(path, asset);
    for (;;) {
      await sleep(500);
      const scan = (await get(`/api/v1/scans/${scanId}`)) as Scan;
      if (scan.status === 'done') return scan;
      if (scan.finishedAt !== null) throw new Error(`${scan.status}: ${scan.reasons.join(' ')}`);
    }
  };
  return { get, imported };
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
  const { get, imported } = client(product, product.createKey('scans:write,scans:read,findings:read'));
  const worker = product.pids().worker ?? 0;
  const [few, same, changed] = ['few.json', 'same.json', 'changed.json'].map((name) => join(folder, name));
  if (!few || !same || !changed) throw new Error('no files');
  await writeReport(few, SHOWN_COUNT);
  await writeReport(same, COUNT);
  await writeReport(changed, COUNT, 1);
  console.log(`${COUNT} findings, ${(statSync(same).size / 1024 / 1024).toFixed(0)} MB`);
  console.log(
    '| while | import s | worker peak MB | question | answers | p50 ms | p95 ms | max ms |\n|---|---|---|---|---|---|---|---|',
  );
  const idle = async (run: string) => {
    const endMs = performance.now() + IDLE_MS;
    const times = await ask(get, () => performance.now() > endMs);
    show(run, null, peakMegabytes(worker), times);
  };
  await imported(few, 'shown');
  await idle('idle before');
  for (const [run, path] of Object.entries({ first: same, identical: same, '1 % changed': changed })) {
    let scan: Scan | undefined;
    const importing = imported(path, 'web').then((one) => {
      scan = one;
    });
    const times = await ask(get, () => scan !== undefined);
    await importing;
    const seconds = (Date.parse(scan?.finishedAt ?? '') - Date.parse(scan?.startedAt ?? '')) / 1000;
    show(run, seconds, peakMegabytes(worker), times);
  }
  await idle('idle after');
}

const product = await startProduct();
try {
  await measure(product);
} finally {
  await product.stop();
  rmSync(folder, { recursive: true, force: true });
}
