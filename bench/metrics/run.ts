import postgres, { type Sql } from 'postgres';
import { closePools, useDatabase } from '../../db/connect';
import { listMetricFindings } from '../../lib/insight/metrics/metric-findings';
import { listMetricKeys } from '../../lib/insight/metrics/metric-keys';
import { monthlyMetrics } from '../../lib/insight/metrics/queries';
import { addMonths } from '../../lib/insight/metrics/rules';
import { updateMetrics } from '../../lib/insight/metrics/update-metrics';
import { makeReport } from '../../lib/insight/reports/make-report';
import type { Actor, JobActor } from '../../lib/platform/auth/contract';
import { DEFAULT_TENANT_ID } from '../../lib/platform/tenancy/contract';
import { countActivity } from '../../lib/response/anomalies/count-activity';
import { replayRule } from '../../lib/response/anomalies/replay-rule';
import { openBenchDatabase } from '../audit/database';

// Monthly metrics over 24 months of the record and of findings. The bar of issue 6: a page of 24 months over 10,000,000
// events and 1,000,000 findings within 150 ms at p95.
const EVENTS = Number(process.env.BENCH_EVENTS ?? 10_000_000);
const FINDINGS = Number(process.env.BENCH_FINDINGS ?? 1_000_000);
const KEYS = 10_000;
const DAYS = 730;
/** A database of BENCH_PG_URL that an earlier run has filled. */
const IS_FILLED = process.env.BENCH_FILLED === '1';
const ROUNDS = 60;
process.env.BULWARK_PROCESS = 'test';
process.env.LOG_LEVEL = 'error';

const request = { requestId: 'bench', ip: null, userAgent: null, method: null, host: null, path: null };
const operator: Actor = { type: 'cli', tenantId: DEFAULT_TENANT_ID, label: 'bench', request };
const worker: JobActor = { type: 'job', tenantId: DEFAULT_TENANT_ID, label: 'worker: bench', request };

const print = (line: string) => process.stdout.write(`${line}\n`);
const percentile = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;

async function timed(label: string, work: () => Promise<unknown>): Promise<void> {
  const startedMs = performance.now();
  await work();
  print(`${label.padEnd(52)} ${((performance.now() - startedMs) / 1000).toFixed(1).padStart(8)} s`);
}

/** One event in seven fails, of 2,000 actors from 4,000 addresses; months before the partitions go into the default one. */
async function fillRecord(sql: Sql): Promise<void> {
  await sql`insert into audit_event (tenant_id, at, id, recorded_at, category, action, outcome, code, actor_type, actor_label, ip, path, request_id)
    select ${DEFAULT_TENANT_ID}::uuid, at, gen_random_uuid(), at, category,
      case category when 'decision' then 'gate.verify' when 'access' then 'api.request' else 'auth.sign_in_failed' end,
      case when n % 7 = 0 then 'denied' else 'success' end, case when n % 7 = 0 then (array['REVOKED', 'EXPIRED', 'RATE_LIMITED'])[1 + n % 3] else 'VALID' end,
      'key', 'actor ' || n % 2000, ('10.' || n % 16 || '.' || n % 250 || '.1')::inet, '/orders/' || n % 40, 'r'
    from (select n, now() - make_interval(secs => (${EVENTS} - n) * (${DAYS} * 86400.0 / ${EVENTS})) - interval '1 minute' as at,
      case when n % 50 = 0 then 'auth' when n % 10 = 0 then 'access' else 'decision' end as category
      from generate_series(1, ${EVENTS}::integer) n) e`;
}

/** Three in five are fixed after some days, one in fifty came back. */
async function fillFindings(sql: Sql): Promise<void> {
  await sql`insert into asset (tenant_id, id, name) values (${DEFAULT_TENANT_ID}, gen_random_uuid(), 'bench')`;
  await sql`insert into scan (tenant_id, id, asset_id, branch, status, file_bytes, file_sha256, uploaded_by, created_at, finished_at)
    select tenant_id, gen_random_uuid(), id, 'main', 'done', 1, 'x', 'ci', now() - make_interval(days => ${DAYS}), now() - make_interval(days => ${DAYS}) from asset`;
  await sql`create temporary table life as select gen_random_uuid() as id, n, opened, (array['critical', 'high', 'medium', 'low', 'info'])[1 + n % 5] as severity,
      case when n % 5 < 3 then opened + (now() - opened) * (n % 97) / 97.0 * 0.6 end as fixed
    from (select n, now() - make_interval(secs => (n % ${DAYS}) * 86400.0 + n % 86400) as opened from generate_series(1, ${FINDINGS}::integer) n) o`;
  await sql`insert into finding (tenant_id, id, asset_id, tool, kind, key, member, key_version, rule_id, aliases, severity, title, details,
      detection, first_seen_at, opened_at, due_at, fixed_at, is_kev)
    select ${DEFAULT_TENANT_ID}, l.id, a.id, 'trivy', 'vulnerability', l.id::text, 0, 1, 'CVE-' || n % 5000, '{}', severity, 'A flaw', '{}',
      case when fixed is null then 'present' else 'absent' end, opened, opened, opened + interval '30 days', fixed, n % 40 = 3
    from life l cross join asset a`;
  await sql`insert into finding_event (tenant_id, finding_id, number, at, type, actor_type, actor_label, changes)
    select ${DEFAULT_TENANT_ID}, id, 1, opened, 'opened', 'job', 'worker', jsonb_build_object('severity', severity, 'detection', 'present',
      'decision', 'none', 'openedAt', to_json(opened) #>> '{}', 'dueAt', to_json(opened + interval '30 days') #>> '{}')
    from life`;
  await sql`insert into finding_event (tenant_id, finding_id, number, at, type, actor_type, actor_label, changes)
    select ${DEFAULT_TENANT_ID}, id, 2, fixed, 'fixed', 'job', 'worker', jsonb_build_object('detection', 'absent', 'fixedAt', to_json(fixed) #>> '{}')
    from life where fixed is not null`;
}

/** Keys whose secrets are up to 200 days old, one in ten used lately. */
async function fillKeys(sql: Sql): Promise<void> {
  await sql`insert into api_key (tenant_id, id, name, environment, scopes, created_at)
    select ${DEFAULT_TENANT_ID}::uuid, gen_random_uuid(), 'key ' || n, 'live', '{}', now() - make_interval(days => 400 - n % 390)
    from generate_series(1, ${KEYS}::integer) n`;
  await sql`insert into api_key_version (tenant_id, id, key_id, number, public_id, digest, pepper_id, last4, state, activated_at)
    select tenant_id, gen_random_uuid(), id, 1, id::text, 'd', 'p', 'abcd', 'current', greatest(created_at, now() - interval '200 days') from api_key`;
  await sql`insert into key_usage (tenant_id, key_id, version_id, hour, last_used_at)
    select tenant_id, id, gen_random_uuid(), date_trunc('hour', now()), now() from api_key where name like '%0'`;
}

/** As often as it takes: a run of the worker has a bound. */
async function catchUp(): Promise<void> {
  for (let i = 0; i < 30; i++) {
    await updateMetrics(worker);
    if ((await monthlyMetrics(operator)).asOf !== null) return;
  }
  throw new Error('The metrics did not catch up.');
}

async function measurePages(): Promise<void> {
  const to = new Date().toISOString().slice(0, 7);
  const times: number[] = [];
  for (let i = 0; i < ROUNDS; i++) {
    const startedMs = performance.now();
    const { metrics } = await monthlyMetrics(operator, { from: addMonths(to, -23), to });
    times.push(performance.now() - startedMs);
    if (metrics[0]?.series[0]?.points.every(({ value }) => value === null))
      throw new Error('There are no numbers.');
  }
  print(
    `24 months: p50 ${percentile(times, 0.5).toFixed(1)} ms, p95 ${percentile(times, 0.95).toFixed(1)} ms`,
  );
}

/** The first page of each list of rows of the month before the one that runs, or of the one that does for a snapshot. */
async function measureRows(): Promise<void> {
  const running = new Date().toISOString().slice(0, 7);
  const month = addMonths(running, -1);
  const lists: Record<string, () => Promise<{ items: unknown[] }>> = {
    'rows of net': () => listMetricFindings(operator, { month, series: 'net' }),
    'rows of open, critical': () =>
      listMetricFindings(operator, { month, series: 'open', severity: 'critical' }),
    'rows of exploited': () => listMetricFindings(operator, { month: running, series: 'exploited' }),
    'rows of overdue': () => listMetricFindings(operator, { month: running, series: 'overdue' }),
    'rows of keys': () => listMetricKeys(operator, { month: running, series: 'usable' }),
    'rows of unused keys': () => listMetricKeys(operator, { month: running, series: 'unused' }),
  };
  for (const [label, list] of Object.entries(lists)) {
    const times: number[] = [];
    for (let i = 0; i < ROUNDS / 3; i++) {
      const startedMs = performance.now();
      if ((await list()).items.length === 0) throw new Error(`There are no ${label}.`);
      times.push(performance.now() - startedMs);
    }
    print(
      `${label}: p50 ${percentile(times, 0.5).toFixed(1)} ms, p95 ${percentile(times, 0.95).toFixed(1)} ms`,
    );
  }
}

async function main(): Promise<void> {
  const database = await openBenchDatabase('metrics');
  const sql = postgres(database.urls.superuser, { max: 1, onnotice: () => undefined });
  useDatabase({ app_rw: database.urls.rw, app_ro: database.urls.ro, app_gate: database.urls.gate });
  try {
    if (!IS_FILLED) {
      await timed(`fill ${EVENTS.toLocaleString('en')} events`, () => fillRecord(sql));
      await timed(`fill ${FINDINGS.toLocaleString('en')} findings`, () => fillFindings(sql));
      await timed(`fill ${KEYS.toLocaleString('en')} keys`, () => fillKeys(sql));
    }
    await sql`analyze`;
    await timed('count all of it for the first time', catchUp);
    await timed('count again, nothing new', () => updateMetrics(worker));
    await fillRecordMore(sql);
    await timed('count 10,000 new events and 1,000 fixes', () => updateMetrics(worker));
    await measurePages();
    await measureRows();
    await timed('make a weekly report', () => makeReport(operator, {}));
    await timed('count by hour for anomalies', async () => {
      for (let i = 0; i < 10; i++) await countActivity(worker);
    });
    await timed('replay a rule over 30 days', () => replayRule(operator, 'volume'));
  } finally {
    await closePools();
    await sql.end();
    await database.stop();
  }
}

async function fillRecordMore(sql: Sql): Promise<void> {
  await sql`insert into audit_event (tenant_id, at, id, category, action, outcome, code, actor_type, actor_label, ip, request_id)
    select ${DEFAULT_TENANT_ID}::uuid, now() - interval '3 seconds', gen_random_uuid(), 'decision', 'gate.verify', 'denied', 'REVOKED', 'key', 'actor ' || n % 20,
      '10.1.1.1'::inet, 'r' from generate_series(1, 10000) n`;
  await sql`insert into finding_event (tenant_id, finding_id, number, at, type, actor_type, actor_label, changes)
    select tenant_id, id, 2, now(), 'fixed', 'job', 'worker', jsonb_build_object('detection', 'absent', 'fixedAt', to_json(now()) #>> '{}')
    from finding where detection = 'present' limit 1000`;
  await new Promise((resolve) => setTimeout(resolve, 3000));
}

await main();
