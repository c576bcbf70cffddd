import { type SQL, sql } from 'drizzle-orm';
import { type ReadTx, readTenant } from '@/db/scope';
import { bucketsOf } from '@/lib/platform/audit/rules';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@/lib/platform/core/clock';
import { DETECTION_SEVERITIES } from '@/lib/response/detections/contract';
import {
  type DetectionFilter,
  type DetectionFilterInput,
  type DetectionHistogramDto,
  detectionFilterInput,
  type GroupFilterInput,
  groupFilterInput,
} from '@/lib/response/detections/view-contract';
import { except, moment, rankMatches } from './conditions';
import { isTallied, tallyConditions } from './detection-facets';
import { groupConditions } from './group-filter';
import { questionOf } from './list-detections';
import { idleMs } from './list-groups';
import { type Grain, grainOf, type Span, spanOf } from './time-span';

interface Shape {
  bucketMs: number;
  startsMs: number[];
}

interface Count extends Record<string, unknown> {
  bucket: number;
  rank: number;
  count: number;
}

/** Rows that are counted one by one for what the tally does not know; beyond it the bars are lower bounds. */
const EXAMINED_MAX = 20_000;
const WIDTHS: Record<Exclude<Grain, 'month'>, number> = { minute: MINUTE_MS, hour: HOUR_MS, day: DAY_MS };

/** Bars no finer than what is kept of that time. */
function shapeOf(span: Span, nowMs: number): Shape & { grain: Exclude<Grain, 'month'> } {
  const finest = grainOf(span, nowMs);
  const least = finest === 'month' ? DAY_MS : WIDTHS[finest];
  const shape = bucketsOf({ fromMs: span.fromMs, toMs: span.toMs ?? nowMs });
  const isFine = shape.bucketMs >= least && shape.bucketMs % least === 0;
  const chosen = isFine ? shape : widened(span, nowMs, Math.ceil(shape.bucketMs / least) * least);
  const grain = chosen.bucketMs % DAY_MS === 0 ? 'day' : chosen.bucketMs % HOUR_MS === 0 ? 'hour' : 'minute';
  return { ...chosen, grain };
}

function widened({ fromMs, toMs }: Span, nowMs: number, bucketMs: number): Shape {
  const firstMs = Math.floor(fromMs / bucketMs) * bucketMs;
  const count = Math.ceil(((toMs ?? nowMs) - firstMs) / bucketMs);
  return { bucketMs, startsMs: Array.from({ length: count }, (_, i) => firstMs + i * bucketMs) };
}

function bucketOf(at: SQL, { startsMs, bucketMs }: Shape): SQL {
  return sql`floor((extract(epoch from ${at}) * 1000 - ${startsMs[0] ?? 0}::bigint) / ${bucketMs}::bigint)::integer`;
}

const inRange = (column: SQL, { fromMs, toMs }: Span) =>
  toMs === null
    ? sql`${column} >= ${moment(fromMs)}`
    : sql`${column} >= ${moment(fromMs)} and ${column} < ${moment(toMs)}`;

function dtoOf(span: Span, shape: Shape, counts: readonly Count[], nowMs: number): DetectionHistogramDto {
  return {
    from: new Date(span.fromMs).toISOString(),
    to: new Date(span.toMs ?? nowMs).toISOString(),
    bucketSeconds: shape.bucketMs / 1_000,
    total: counts.reduce((sum, { count }) => sum + Number(count), 0),
    buckets: shape.startsMs.map((startMs, bucket) => ({
      start: new Date(startMs).toISOString(),
      counts: Object.fromEntries(
        counts
          .filter((one) => one.bucket === bucket)
          .map(({ rank, count }) => [DETECTION_SEVERITIES[rank] ?? 'info', Number(count)]),
      ),
    })),
  };
}

/** Without a filter but of severity, and in whole hours: from the sums of the tenant. */
function fromVolume(
  tx: ReadTx,
  tenantId: string,
  span: Span,
  shape: Shape,
  ranks: SQL | null,
  of: 'count' | 'stored',
) {
  return tx.execute<Count>(sql`
    select ${bucketOf(sql`hour`, shape)} as bucket, severity_rank as rank, sum(${sql.identifier(of)})::float8 as count
    from detection_volume where tenant_id = ${tenantId}::uuid and ${inRange(sql`hour`, span)} ${ranks ? sql`and ${ranks}` : sql``}
    group by 1, 2 having sum(${sql.identifier(of)}) > 0`);
}

function fromTally(
  tx: ReadTx,
  tenantId: string,
  span: Span,
  shape: Shape & { grain: Grain },
  where: SQL,
  of: 'count' | 'stored',
) {
  return tx.execute<Count>(sql`
    select ${bucketOf(sql`t.at`, shape)} as bucket, t.severity_rank as rank, sum(t.${sql.identifier(of)})::float8 as count
    from detection_tally t join detection_group g on g.tenant_id = t.tenant_id and g.id = t.group_id
    where t.tenant_id = ${tenantId}::uuid and t.span = ${shape.grain} and ${inRange(sql`t.at`, span)} and ${where}
    group by 1, 2 having sum(t.${sql.identifier(of)}) > 0`);
}

function fromRows(tx: ReadTx, tenantId: string, span: Span, shape: Shape, filter: DetectionFilter) {
  const { leading, range, conditions } = questionOf(tenantId, filter, span);
  return tx.execute<Count>(sql`
    select ${bucketOf(sql`received_at`, shape)} as bucket, severity_rank as rank, count(*)::float8 as count from (
      select d.received_at, d.severity_rank, coalesce(${except(conditions)}, false) as hit from detection d
      where d.tenant_id = ${tenantId}::uuid and ${range} and ${leading} order by d.received_at desc limit ${EXAMINED_MAX}
    ) examined where hit group by 1, 2`);
}

const isPlain = (filter: object, ...but: string[]) =>
  Object.entries(filter).every(
    ([name, value]) => value === undefined || ['from', 'to', ...but].includes(name),
  );

/** Kept detections of each part of the range, by severity. */
export async function detectionHistogram(
  actor: Actor,
  given: DetectionFilterInput = {},
): Promise<DetectionHistogramDto> {
  requirePermission(actor, 'detections:read');
  const filter = detectionFilterInput.parse(given);
  const nowMs = Date.now();
  const span = spanOf(filter, nowMs);
  const shape = shapeOf(span, nowMs);
  const { tenantId } = actor;
  const counts = await readTenant(actor, (tx) => {
    if (!isTallied(filter)) return fromRows(tx, tenantId, span, shape, filter);
    const isByHour =
      shape.bucketMs % HOUR_MS === 0 && span.fromMs % HOUR_MS === 0 && (span.toMs ?? 0) % HOUR_MS === 0;
    if (isByHour && isPlain(filter, 'severity', 'severity!')) {
      const ranks = rankMatches(sql`severity_rank`, filter.severity, filter['severity!']);
      return fromVolume(tx, tenantId, span, shape, ranks, 'stored');
    }
    return fromTally(tx, tenantId, span, shape, except(tallyConditions(filter)), 'stored');
  });
  return dtoOf(span, shape, [...counts], nowMs);
}

/** Every event of the groups that the filter finds, kept or not, by severity. */
export async function groupHistogram(
  actor: Actor,
  given: GroupFilterInput = {},
): Promise<DetectionHistogramDto> {
  requirePermission(actor, 'detections:read');
  const filter = groupFilterInput.parse(given);
  const nowMs = Date.now();
  const span = spanOf(
    { ...(filter.from ? { from: filter.from } : {}), ...(filter.to ? { to: filter.to } : {}) },
    nowMs,
  );
  const shape = shapeOf(span, nowMs);
  const { tenantId } = actor;
  const conditions = groupConditions(tenantId, filter, nowMs, idleMs());
  const counts = await readTenant(actor, (tx) =>
    fromTally(tx, tenantId, span, shape, except(conditions, 'from', 'to', 'severity'), 'count'),
  );
  const wanted = filter.severity ?? DETECTION_SEVERITIES;
  const shown = [...counts].filter(({ rank }) => {
    const name = DETECTION_SEVERITIES[rank];
    return name !== undefined && wanted.includes(name) && !filter['severity!']?.includes(name);
  });
  return dtoOf(span, shape, shown, nowMs);
}
