import { type SQL, sql } from 'drizzle-orm';
import { type ReadTx, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { eventsAt } from './columns';
import { type AuditHistogramDto, type AuditHistogramInput, auditHistogramInput } from './contract';
import { type AuditPlan, matchesOf, planOf, scopeOf } from './filters';
import { bucketsOf } from './rules';
import { type ScanBudget, scan } from './scan';

/** Rows counted one by one before the counts become estimates. */
export const EXACT_ROWS_MAX = 20_000;
const RARE_HITS_MAX = 400;
const RARE_BUDGET: ScanBudget = { walkRows: 10_000, dearRows: 3000, probeRows: 1000, lookUpHits: 30 };
/** Rows of each bucket that an estimate is made from; fewer where their texts are searched. */
const SAMPLE_ROWS = 250;
const SAMPLE_ROWS_SEARCHED = 100;

interface Count {
  bucket: number;
  value: string;
  count: number;
}

interface Counted {
  counts: Count[];
  /** Buckets whose counts are estimates. */
  estimated: Set<number>;
}

type Shape = ReturnType<typeof bucketsOf>;

function bucketOf(at: SQL, { startsMs, bucketMs }: Shape): SQL {
  return sql`floor((extract(epoch from ${at}) * 1000 - ${startsMs[0] ?? 0}::bigint) / ${bucketMs}::bigint)::integer`;
}

/** Counts every row where the range holds few enough; that is asked of the index alone first. */
async function countAll(tx: ReadTx, plan: AuditPlan, shape: Shape, by: SQL): Promise<Counted | null> {
  const [tooMany] = await tx.execute(sql`select 1 from public.audit_event where ${scopeOf(plan)}
    order by at desc, id desc limit 1 offset ${EXACT_ROWS_MAX}::integer`);
  if (tooMany) return null;
  const rows = await tx.execute<{ bucket: number; value: string; count: number }>(sql`
    select ${bucketOf(sql`at`, shape)} as bucket, ${by} as value, count(*)::integer as count
    from public.audit_event where ${scopeOf(plan)} and ${matchesOf(plan)} group by 1, 2`);
  return { counts: [...rows], estimated: new Set() };
}

/** Counts a rare value, found through the bloom summaries. */
async function countRare(tx: ReadTx, plan: AuditPlan, shape: Shape, by: SQL): Promise<Counted | null> {
  if (plan.path !== 'lookup') return null;
  const { found, searchedTo } = await scan(tx, plan, null, RARE_HITS_MAX, RARE_BUDGET);
  if (searchedTo !== null) return null;
  if (found.length === 0) return { counts: [], estimated: new Set() };
  const rows = await tx.execute<{ bucket: number; value: string; count: number }>(sql`
    select ${bucketOf(sql`e.at`, shape)} as bucket, ${by} as value, count(*)::integer as count
    from ${eventsAt(plan.tenantId, found)} group by 1, 2`);
  return { counts: [...rows], estimated: new Set() };
}

/**
 * Looks at the newest rows of every bucket. Where they fill only a part of its time, the matches among them stand for
 * the whole bucket.
 */
async function estimate(tx: ReadTx, plan: AuditPlan, shape: Shape, by: SQL): Promise<Counted> {
  const sampleRows = plan.conditions.has('q') ? SAMPLE_ROWS_SEARCHED : SAMPLE_ROWS;
  const starts = `{${shape.startsMs.map((ms) => new Date(ms).toISOString()).join(',')}}`;
  const rows = await tx.execute<{
    bucket: number;
    value: string;
    hits: number;
    examined: number;
    covered: number;
  }>(sql`
    select bucket, value, hits, (sum(examined) over bucket_rows)::integer as examined,
      (max(seconds) over bucket_rows)::float8 as covered
    from (
      select start.n::integer - 1 as bucket, value, (count(*) filter (where hit))::integer as hits, count(*) as examined,
        extract(epoch from start.at) + ${shape.bucketMs / 1000}::float8 - extract(epoch from min(newest.at)) as seconds
      from unnest(${starts}::timestamptz[]) with ordinality as start(at, n)
      cross join lateral (
        select at, ${by} as value, coalesce(${matchesOf(plan)}, false) as hit from public.audit_event
        where ${scopeOf(plan)} and audit_event.at >= start.at
          and audit_event.at < start.at + make_interval(secs => ${shape.bucketMs / 1000}::float8)
        order by audit_event.at desc, id desc limit ${sampleRows}::integer
      ) as newest group by 1, 2, start.at
    ) as counted window bucket_rows as (partition by bucket)`);
  const estimated = new Set<number>();
  const counts = rows.map(({ bucket, value, hits, examined, covered }) => {
    if (examined < sampleRows) return { bucket, value, count: hits };
    estimated.add(bucket);
    return { bucket, value, count: Math.round((hits * shape.bucketMs) / 1000 / Math.max(covered, 0.001)) };
  });
  return { counts: counts.filter(({ count }) => count > 0), estimated };
}

/** How many events fall into each part of the range: counted where that is cheap, else estimated and marked so. */
export async function auditHistogram(actor: Actor, given: AuditHistogramInput): Promise<AuditHistogramDto> {
  requirePermission(actor, 'audit:read');
  const input = auditHistogramInput.parse(given);
  const nowMs = Date.now();
  const plan = planOf(actor, input, nowMs);
  if (input.to === undefined || input.to === 'now') plan.toMs = nowMs;
  const shape = bucketsOf(plan);
  const by = input.by === 'category' ? sql`category` : sql`outcome`;
  const { counts, estimated } = await readTenant(
    actor,
    async (tx) =>
      (await countAll(tx, plan, shape, by)) ??
      (await countRare(tx, plan, shape, by)) ??
      (await estimate(tx, plan, shape, by)),
  );
  const buckets = shape.startsMs.map((startMs, bucket) => ({
    start: new Date(startMs).toISOString(),
    isExact: !estimated.has(bucket),
    counts: Object.fromEntries(
      counts.filter((one) => one.bucket === bucket).map(({ value, count }) => [value, count]),
    ),
  }));
  return {
    from: new Date(plan.fromMs).toISOString(),
    to: new Date(plan.toMs).toISOString(),
    bucketSeconds: shape.bucketMs / 1000,
    by: input.by,
    isExact: estimated.size === 0,
    total: counts.reduce((sum, { count }) => sum + count, 0),
    buckets,
  };
}
