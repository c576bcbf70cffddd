import { type SQL, sql } from 'drizzle-orm';
import { type ReadTx, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { decodeCursor, encodeCursor, timeAndId } from '@/lib/platform/core/http/cursor';
import {
  type DetectionFilter,
  type DetectionListDto,
  type ListDetectionsInput,
  listDetectionsInput,
} from '@/lib/response/detections/view-contract';
import { type Conditions, except, isoMicros, only } from './conditions';
import { DETECTION_COLUMNS, type DetectionRow, detectionDtoOf } from './detection-dto';
import { detectionConditions, leadingField, rangeCondition } from './detection-filter';
import { type Span, spanOf } from './time-span';

/** Rows that a page looks at, where an index leads to more than fulfil the whole filter. */
const EXAMINED_MAX = 10_000;

interface Place {
  at: string;
  id: string;
}

interface Question {
  tenantId: string;
  conditions: Conditions;
  /** Conditions that the leading index fulfils. */
  leading: SQL;
  range: SQL;
  /** Nothing is left to be looked at row by row. */
  isIndexed: boolean;
}

export function questionOf(tenantId: string, filter: DetectionFilter, span: Span): Question {
  const conditions = detectionConditions(filter);
  const field = leadingField(filter);
  const leading = field === null ? sql`true` : only(conditions, [field]);
  return {
    tenantId,
    conditions,
    leading,
    range: rangeCondition(span),
    isIndexed: conditions.size === (field === null ? 0 : 1),
  };
}

interface Found extends Record<string, unknown> {
  id: string;
  at: string;
  hit: boolean;
}

/**
 * The next rows: all that the leading index names where it fulfils the whole filter; else those among a bounded number
 * of them that do. @returns where the search ended, where it was not at the end of the rows
 */
async function nextRows(
  tx: ReadTx,
  { tenantId, conditions, leading, range, isIndexed }: Question,
  after: Place | null,
  limit: number,
): Promise<{ found: Place[]; searchedTo: Place | null }> {
  const start = after
    ? sql`and (d.received_at, d.id) < (${after.at}::timestamptz, ${after.id}::uuid)`
    : sql``;
  const examined = isIndexed ? limit : EXAMINED_MAX;
  const rows = await tx.execute<Found>(sql`
    with examined as materialized (
      select d.id, d.received_at, coalesce(${except(conditions)}, false) as hit from detection d
      where d.tenant_id = ${tenantId}::uuid and ${range} and ${leading} ${start}
      order by d.received_at desc, d.id desc limit ${examined}
    )
    (select id, ${isoMicros(sql`received_at`)} as at, hit from examined where hit order by received_at desc, id desc limit ${limit})
    union all
    (select id, ${isoMicros(sql`received_at`)} as at, false from examined order by received_at desc, id desc offset ${examined - 1})`);
  const found = rows.filter(({ hit }) => hit).map(({ id, at }) => ({ id, at }));
  const last = rows.find(({ hit }) => !hit);
  const isFull = found.length >= limit;
  return { found, searchedTo: !isFull && last ? { id: last.id, at: last.at } : null };
}

async function rowsOf(
  tx: ReadTx,
  tenantId: string,
  ids: readonly string[],
): Promise<Map<string, DetectionRow>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.execute<DetectionRow>(sql`
    select ${DETECTION_COLUMNS} from detection d where d.tenant_id = ${tenantId}::uuid
      and d.id in (select value::uuid from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb))`);
  return new Map(rows.map((row) => [row.id, row]));
}

/** One page in the caller's transaction. */
export async function readDetectionPage(
  tx: ReadTx,
  question: Question,
  page: { after: Place | null; limit: number },
): Promise<DetectionListDto> {
  const { found, searchedTo } = await nextRows(tx, question, page.after, page.limit + 1);
  const shown = found.slice(0, page.limit);
  const rows = await rowsOf(
    tx,
    question.tenantId,
    shown.map(({ id }) => id),
  );
  const next = found.length > page.limit ? shown.at(-1) : searchedTo;
  return {
    items: shown.flatMap(({ id }) => {
      const row = rows.get(id);
      return row ? [detectionDtoOf(row)] : [];
    }),
    nextCursor: next ? encodeCursor({ at: next.at, id: next.id }) : null,
    ...(searchedTo && found.length <= page.limit
      ? { searchedTo: new Date(searchedTo.at).toISOString() }
      : {}),
  };
}

/** For whoever copies the list: what came at or after a time, oldest first. */
async function readSince(
  tx: ReadTx,
  tenantId: string,
  filter: DetectionFilter,
  since: string,
  page: { after: Place | null; limit: number },
): Promise<DetectionListDto> {
  const { after, limit } = page;
  const rows = await tx.execute<DetectionRow>(sql`
    select ${DETECTION_COLUMNS} from detection d
    where d.tenant_id = ${tenantId}::uuid and d.received_at >= ${since}::timestamptz and ${except(detectionConditions(filter))}
      ${after ? sql`and (d.received_at, d.id) > (${after.at}::timestamptz, ${after.id}::uuid)` : sql``}
    order by d.received_at, d.id limit ${limit + 1}`);
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    items: shown.map(detectionDtoOf),
    nextCursor: last ? encodeCursor({ at: last.receivedAt, id: last.id }) : null,
  };
}

/** Detections that were kept, the newest first. A page may be short and say how far back it looked. */
export async function listDetections(
  actor: Actor,
  input: ListDetectionsInput = {},
): Promise<DetectionListDto> {
  requirePermission(actor, 'detections:read');
  const { cursor, limit, updatedSince, ...filter } = listDetectionsInput.parse(input);
  const after = cursor === undefined ? null : decodeCursor(cursor, timeAndId);
  return readTenant(actor, (tx) => {
    if (updatedSince !== undefined)
      return readSince(tx, actor.tenantId, filter, updatedSince, { after, limit });
    const question = questionOf(actor.tenantId, filter, spanOf(filter, Date.now()));
    return readDetectionPage(tx, question, { after, limit });
  });
}
