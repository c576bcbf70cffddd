import postgres, { type Sql } from 'postgres';
import { closePools, useDatabase } from '../../db/connect';
import type { ListAuditInput } from '../../lib/platform/audit/contract';
import { auditFacets } from '../../lib/platform/audit/facets';
import { auditHistogram } from '../../lib/platform/audit/histogram';
import { listAuditEvents } from '../../lib/platform/audit/queries';
import type { Actor } from '../../lib/platform/auth/contract';
import { openBenchDatabase } from './database';
import { measureExport } from './export-rate';
import { BENCH_TENANT, DAYS, fillAudit, PLANTED, settle } from './fill';
import { measureInserts } from './insert-rate';
import { backendMs, ownProcessorMs } from './processor';

const ROWS = Number(process.env.BENCH_ROWS ?? 1_200_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 40);
const BAR_MS = 50;

const actor: Actor = {
  type: 'user',
  tenantId: BENCH_TENANT,
  userId: '01930000-0000-7000-8000-00000000ada0',
  sessionId: '01930000-0000-7000-8000-00000000ada1',
  role: 'operator',
  label: 'Bench',
  request: {
    requestId: 'bench',
    ip: '127.0.0.1',
    userAgent: null,
    method: 'GET',
    host: null,
    path: '/bench',
  },
};

/** The whole record; the screen's default of 24 hours is a twenty-fifth of it. */
const whole = { from: `now-${DAYS + 1}d` };
const commonActor = '0193bbbb-0000-7000-8000-000000000000';
const commonKey = '0193dddd-0000-7000-8000-000000000000';

const FILTERS: Record<string, ListAuditInput> = {
  'newest page, last 24 h': {},
  'newest page, all days': whole,
  'accesses shown': { ...whole, access: 'show' },
  'actor, common': { ...whole, actor: commonActor },
  'actor, one in 500': { ...whole, actor: '0193bbbb-0000-7000-8000-0000000000c8' },
  'actor, rare': { ...whole, actor: PLANTED.rareActor },
  'actor, absent': { ...whole, actor: PLANTED.absentId },
  'actor by label, absent': { ...whole, actor: 'nobody by this name' },
  'key, common': { ...whole, key: commonKey },
  'key, one in 4,000': { ...whole, key: '0193dddd-0000-7000-8000-0000000005dc' },
  'key, rare': { ...whole, key: PLANTED.rareKey },
  'key, absent': { ...whole, key: PLANTED.absentId },
  'ip, common': { ...whole, ip: '10.0.17.17' },
  'ip, rare': { ...whole, ip: PLANTED.rareIp },
  'ip, absent': { ...whole, ip: PLANTED.absentIp },
  'network, common': { ...whole, ip: '10.0.0.0/16' },
  'network, absent': { ...whole, ip: '192.168.0.0/16' },
  'target, rare': { ...whole, target: PLANTED.rareTarget },
  'target, absent': { ...whole, target: PLANTED.absentId },
  'action, common': { ...whole, action: 'gate.verify' },
  'action, rare': { ...whole, action: 'member.invited' },
  'action, absent': { ...whole, action: 'tenant.created' },
  'category change': { ...whole, category: 'change' },
  'outcome denied': { ...whole, outcome: 'denied' },
  'outcome not success, absent code': { ...whole, 'outcome!': 'success', code: 'EXPIRED' },
  'code, absent': { ...whole, code: 'EXPIRED' },
  'status 4xx': { ...whole, status: '4xx' },
  'path, common': { ...whole, path: '/api/orders/1' },
  'path, absent': { ...whole, path: '/nowhere' },
  'text, common': { ...whole, q: 'orders' },
  'text, rare': { ...whole, q: PLANTED.rareText },
  'text, absent': { ...whole, q: 'no such text' },
  'excluding the common': { ...whole, 'actor!': commonActor, 'action!': 'gate.verify' },
  'actor rare and ip rare': { ...whole, actor: PLANTED.rareActor, ip: PLANTED.rareIp },
  'actor common and denied': { ...whole, actor: commonActor, outcome: 'denied' },
  'limit 200': { ...whole, limit: 200 },
};

interface Line {
  name: string;
  p50: number;
  p95: number;
  /** Processor time of Postgres and of this process, p95: what a machine without neighbours would take at least. */
  cpuP95: number;
  note: string;
}

const percentile = (values: readonly number[], share: number) => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
};

function report(name: string, tookMs: number[], cpuMs: number[], note: string): Line {
  const cpuP95 = percentile(cpuMs, 0.95);
  const line = { name, p50: percentile(tookMs, 0.5), p95: percentile(tookMs, 0.95), cpuP95, note };
  const columns = [line.p50, line.p95, cpuP95].map((ms) => ms.toFixed(1).padStart(7));
  console.log(`${name.padEnd(36)} ${columns.join(' ')}  ${note}`);
  return line;
}

async function time(admin: Sql, name: string, run: () => Promise<string>): Promise<Line> {
  const [tookMs, cpuMs]: [number[], number[]] = [[], []];
  let note = await run();
  const backends = await backendMs(admin);
  const spent = () => backends() + ownProcessorMs();
  for (let i = 0; i < ROUNDS; i++) {
    const startedMs = performance.now();
    const before = spent();
    note = await run();
    cpuMs.push(spent() - before);
    tookMs.push(performance.now() - startedMs);
  }
  return report(name, tookMs, cpuMs, note);
}

async function onePage(input: ListAuditInput): Promise<string> {
  const page = await listAuditEvents(actor, input);
  return `${page.items.length} rows${page.searchedTo ? `, searched to ${page.searchedTo.slice(0, 16)}` : ''}`;
}

/** Every page of a filter to its end; p95 is over all of them. */
async function timeAllPages(admin: Sql, name: string, input: ListAuditInput): Promise<Line> {
  const [tookMs, cpuMs]: [number[], number[]] = [[], []];
  const backends = await backendMs(admin);
  const spent = () => backends() + ownProcessorMs();
  let rows = 0;
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const startedMs = performance.now();
    const before = spent();
    const page = await listAuditEvents(actor, { ...input, ...(cursor ? { cursor } : {}) });
    cpuMs.push(spent() - before);
    tookMs.push(performance.now() - startedMs);
    rows += page.items.length;
    cursor = page.nextCursor;
    if (tookMs.length >= 400) break;
  }
  const totalMs = tookMs.reduce((sum, one) => sum + one, 0);
  const note = `${rows} rows on ${tookMs.length} pages, ${Math.round(totalMs)} ms together`;
  return report(name, tookMs, cpuMs, note);
}

async function measureReads(admin: Sql): Promise<Line[]> {
  const lines: Line[] = [];
  const only = process.env.BENCH_ONLY?.split('|');
  for (const [name, input] of Object.entries(FILTERS).filter(([name]) => !only || only.includes(name)))
    lines.push(await time(admin, name, () => onePage(input)));
  for (const name of [
    'actor, rare',
    'actor, one in 500',
    'key, absent',
    'text, rare',
    'network, absent',
    'limit 200',
  ]) {
    lines.push(await timeAllPages(admin, `all pages: ${name}`, FILTERS[name] ?? {}));
  }
  const summaries: Record<string, ListAuditInput> = {
    'last 24 h': {},
    'all days': whole,
    'key rare': { ...whole, key: PLANTED.rareKey },
    'text rare': { ...whole, q: PLANTED.rareText },
    denied: { ...whole, outcome: 'denied' },
  };
  for (const [name, input] of Object.entries(summaries)) {
    const exact = (isExact: boolean) => (isExact ? 'exact' : 'about');
    lines.push(
      await time(admin, `histogram, ${name}`, async () => {
        const { total, isExact } = await auditHistogram(actor, input);
        return `${exact(isExact)} ${total}`;
      }),
    );
    lines.push(
      await time(admin, `facets, ${name}`, async () =>
        (await auditFacets(actor, input)).isComplete ? 'complete' : 'newest rows',
      ),
    );
  }
  return lines;
}

async function main(): Promise<void> {
  const database = await openBenchDatabase('bench_audit');
  useDatabase({ app_rw: database.urls.rw, app_ro: database.urls.ro, app_gate: database.urls.gate });
  const admin = postgres(database.urls.superuser, { max: 1, onnotice: () => undefined });
  try {
    const [filled] =
      await admin`select exists (select 1 from public.audit_event where tenant_id = ${BENCH_TENANT}) as yes`;
    if (!filled?.yes) {
      console.log(`filling ${ROWS} rows`);
      await fillAudit(admin, ROWS);
      await settle(admin);
    }
    const parts = (process.env.BENCH_PARTS ?? 'reads,export,inserts').split(',');
    console.log(`${'filter'.padEnd(36)}  p50 ms  p95 ms  p95 of processor ms`);
    const lines = parts.includes('reads') ? await measureReads(admin) : [];
    if (parts.includes('export')) await measureExport(admin, actor, whole);
    if (parts.includes('inserts')) await measureInserts(admin, database.urls);
    const missed = lines.filter((line) => line.p95 > BAR_MS);
    console.log(
      missed.length === 0
        ? `every p95 is at most ${BAR_MS} ms`
        : `above ${BAR_MS} ms: ${missed.map((line) => line.name).join('; ')}`,
    );
    process.exitCode = missed.length === 0 ? 0 : 1;
  } finally {
    await closePools();
    await admin.end();
    await database.stop();
  }
}

await main();
