import postgres, { type Sql } from 'postgres';
import { closePools, useDatabase } from '../../db/connect';
import type { FindingFilterInput, ListFindingsInput } from '../../lib/assurance/findings/contract';
import { dueBoard } from '../../lib/assurance/findings/read/due-board';
import { findingFacets } from '../../lib/assurance/findings/read/facets';
import { findingGroups } from '../../lib/assurance/findings/read/groups';
import { listFindings } from '../../lib/assurance/findings/read/queries';
import { FINDING_GROUPINGS } from '../../lib/assurance/findings/views-contract';
import type { Actor } from '../../lib/platform/auth/contract';
import { DEFAULT_TENANT_ID } from '../../lib/platform/tenancy/contract';
import { openBenchDatabase } from '../audit/database';

// The list of findings. The bar of issue 5: with 1,000,000 findings any facet or sort within 100 ms at p95.
const FINDINGS = Number(process.env.BENCH_FINDINGS ?? 1_000_000);
const ASSETS = 200;
/** A database of BENCH_PG_URL that an earlier run has filled. */
const IS_FILLED = process.env.BENCH_FILLED === '1';
/** `BENCH_PARTS=groups`: without lists and facets. */
const IS_GROUPS_ALONE = process.env.BENCH_PARTS === 'groups';
const ROUNDS = 25;
const BAR_MS = 100;
process.env.BULWARK_PROCESS = 'test';
process.env.LOG_LEVEL = 'error';

const request = { requestId: 'bench', ip: null, userAgent: null, method: null, host: null, path: null };
const operator: Actor = { type: 'cli', tenantId: DEFAULT_TENANT_ID, label: 'bench', request };

const print = (line: string) => process.stdout.write(`${line}\n`);
const percentile = (values: readonly number[], share: number) =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;

/** 200 assets with main and three branches each; four in ten are open, of 30,000 rules in 20,000 packages. */
async function fill(sql: Sql): Promise<void> {
  await sql`insert into asset (tenant_id, id, name) select ${DEFAULT_TENANT_ID}, gen_random_uuid(), 'service-' || n from generate_series(1, ${ASSETS}) n`;
  await sql`insert into scan_stream (tenant_id, id, asset_id, tool, category, branch)
    select a.tenant_id, gen_random_uuid(), a.id, t, '', b from asset a,
      unnest(array['trivy', 'snyk', 'npm_audit', 'gitleaks']) t, unnest(array['main', 'develop', 'feature/rare']) b`;
  await sql`create temporary table life as select gen_random_uuid() as id, n, (n::bigint * 7919 % 30000) as rule, (n::bigint * 104729 % 20000) as package,
      now() - make_interval(secs => (n::bigint * 48271 % 31536000)::integer) as opened,
      (array['critical', 'high', 'high', 'medium', 'medium', 'low', 'low', 'info'])[1 + n % 7] as severity,
      case when n % 5 < 3 then now() end as fixed, (array['trivy', 'trivy', 'snyk', 'npm_audit', 'gitleaks'])[1 + n % 5] as tool, n % ${ASSETS} as asset
    from generate_series(1, ${FINDINGS}::integer) n`;
  await sql`create temporary table numbered as select id, row_number() over (order by name) - 1 as place from asset`;
  await sql`insert into finding (tenant_id, id, asset_id, tool, kind, key, member, key_version, rule_id, aliases, severity, title, package, path, details,
      is_kev, detection, first_seen_at, opened_at, due_at, fixed_at)
    select ${DEFAULT_TENANT_ID}, l.id, a.id, l.tool, case l.tool when 'gitleaks' then 'secret' else 'vulnerability' end, l.id::text, 0, 1,
      'CVE-2026-' || rule, '{}', severity, 'Improper handling of ' || rule || ' in package ' || package, 'package-' || package, 'package-lock.json', '{}',
      n % 400 = 0, case when fixed is null then 'present' else 'absent' end, opened, opened, opened + interval '30 days', fixed
    from life l join numbered a on a.place = l.asset`;
  await sql`insert into sighting (tenant_id, stream_id, finding_id, digest, occurrences, first_seen_at, gone_at)
    select f.tenant_id, t.id, f.id, 'x', '[]', f.opened_at, f.fixed_at from finding f
      join scan_stream t on t.asset_id = f.asset_id and t.tool = f.tool and (t.branch = 'main'
        or (t.branch = 'develop' and left(f.id::text, 1) in ('0', '1', '2', '3')) or (t.branch = 'feature/rare' and left(f.id::text, 3) = 'abc'))`;
  await sql`insert into finding_event (tenant_id, finding_id, number, at, type, actor_type, actor_label, changes)
    select ${DEFAULT_TENANT_ID}, id, 1, opened, 'opened', 'job', 'worker', '{}' from life order by opened`;
  await sql`insert into finding_event (tenant_id, finding_id, number, at, type, actor_type, actor_label, changes)
    select ${DEFAULT_TENANT_ID}, id, 2, fixed, 'fixed', 'job', 'worker', '{}' from life where fixed is not null`;
}

async function measure(label: string, work: () => Promise<unknown>): Promise<boolean> {
  const times: number[] = [];
  await work();
  for (let i = 0; i < ROUNDS; i++) {
    const startedMs = performance.now();
    await work();
    times.push(performance.now() - startedMs);
  }
  const p95 = percentile(times, 0.95);
  const shown = `p50 ${percentile(times, 0.5).toFixed(1).padStart(7)} ms   p95 ${p95.toFixed(1).padStart(7)} ms`;
  print(`${label.padEnd(44)} ${shown}${p95 > BAR_MS ? '   over the bar' : ''}`);
  return p95 <= BAR_MS;
}

const FILTERS: Readonly<Record<string, FindingFilterInput>> = {
  'no filter': {},
  'severity critical': { severity: 'critical' },
  'every state': {
    status: ['open', 'fixed', 'accepted', 'false_positive', 'not_affected', 'suppressed', 'archived'],
  },
  fixed: { status: 'fixed' },
  'tool gitleaks': { tool: 'gitleaks' },
  'one asset': { asset: 'service-17' },
  'one asset, critical': { asset: 'service-17', severity: 'critical' },
  'a tool that found nothing': { tool: 'sarif' },
  'branch main': { branch: 'main' },
  'branch that is rare': { branch: 'feature/rare' },
  'one package': { package: 'package-77' },
  'one rule': { rule: 'CVE-2026-77' },
  overdue: { sla: 'overdue' },
  'due soon': { sla: 'soon' },
  'known to be exploited': { kev: 'true' },
  'open for a week': { age: 'week' },
  'older than a quarter': { age: 'older' },
  'a common word': { q: 'handling' },
  'a word that is nowhere': { q: 'zebra crossing' },
  'all but one asset': { notAsset: 'service-17' },
  'all but one package': { notPackage: 'package-77' },
  'without a common word': { notQ: 'handling' },
};
const SORTS: readonly NonNullable<ListFindingsInput['sort']>[] = ['severity', 'due', 'newest'];

async function main(): Promise<void> {
  const database = await openBenchDatabase('findings');
  const sql = postgres(database.urls.superuser, { max: 1, onnotice: () => undefined });
  useDatabase({ app_rw: database.urls.rw, app_ro: database.urls.ro, app_gate: database.urls.gate });
  let isWithin = true;
  try {
    if (!IS_FILLED) await fill(sql);
    await sql`vacuum analyze`;
    for (const [name, filter] of Object.entries(IS_GROUPS_ALONE ? {} : FILTERS)) {
      for (const sort of SORTS) {
        const list = () => listFindings(operator, { ...filter, sort, limit: 100 });
        isWithin = (await measure(`list, ${name}, by ${sort}`, list)) && isWithin;
      }
      isWithin = (await measure(`facets, ${name}`, () => findingFacets(operator, filter))) && isWithin;
    }
    for (const [name, filter] of Object.entries(FILTERS)) {
      for (const by of FINDING_GROUPINGS) {
        const groups = () => findingGroups(operator, { ...filter, by });
        isWithin = (await measure(`groups, ${name}, by ${by}`, groups)) && isWithin;
      }
    }
    isWithin = (await measure('board of what is due', () => dueBoard(operator, {}))) && isWithin;
    const asset = { asset: 'service-17' };
    isWithin =
      (await measure('board of what is due, one asset', () => dueBoard(operator, asset))) && isWithin;
    print(isWithin ? `All within ${BAR_MS} ms at p95.` : `Some are over ${BAR_MS} ms at p95.`);
  } finally {
    await closePools();
    await sql.end();
    await database.stop();
  }
}

await main();
