import { type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import type { ReadTx } from '@/db/scope';
import { FINDING_SORTS, type listFindingsInput } from '@/lib/assurance/findings/contract';
import { AppError } from '@/lib/platform/core/errors';
import { decodeCursor, encodeCursor } from '@/lib/platform/core/http/cursor';
import { allOf, wordsCondition } from './finding-filter';
import { narrowAssets, narrowBranches, rowsToWalk } from './narrow-filter';

type ListFilter = z.output<typeof listFindingsInput>;

/** No index serves words: so many rows are looked through for them, and the page says where to go on. */
const WALKED_MAX = 15_000;

const place = z.strictObject({
  sort: z.enum(FINDING_SORTS),
  rank: z.int(),
  at: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/),
  id: z.uuid(),
});
type Place = z.infer<typeof place>;

/** Each order with what comes after a place in it; the columns are those of an index. */
const ORDERS = {
  severity: {
    by: sql`severity_rank, opened_at, id`,
    at: sql`opened_at`,
    after: (from: Place) =>
      sql`(severity_rank, opened_at, id) > (${from.rank}::smallint, ${from.at}::timestamptz, ${from.id}::uuid)`,
    only: sql`true`,
  },
  due: {
    by: sql`due_at, id`,
    at: sql`due_at`,
    after: (from: Place) => sql`(due_at, id) > (${from.at}::timestamptz, ${from.id}::uuid)`,
    only: sql`due_at is not null`,
  },
  newest: {
    by: sql`opened_at desc, id desc`,
    at: sql`opened_at`,
    after: (from: Place) => sql`(opened_at, id) < (${from.at}::timestamptz, ${from.id}::uuid)`,
    only: sql`true`,
  },
} as const satisfies Record<ListFilter['sort'], { by: SQL; at: SQL; after: (from: Place) => SQL; only: SQL }>;

interface Row extends Record<string, unknown> {
  id: string;
  rank: number;
  at: string;
}

/** What was found in an order, and the last place looked at where there is more behind it. */
interface Walk {
  rows: Row[];
  end: Row | null;
}

const iso = (column: SQL) => sql`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

interface WalkQuestion {
  filter: ListFilter;
  rows: SQL;
  where: SQL;
}

async function walk(tx: ReadTx, { filter, rows, where }: WalkQuestion): Promise<Walk> {
  const { by, at } = ORDERS[filter.sort];
  const row = sql`id, severity_rank as rank, ${iso(at)} as at`;
  const words = wordsCondition(filter);
  if (!words) {
    const found = await tx.execute<Row>(
      sql`select ${row} from ${rows} where ${where} order by ${by} limit ${filter.limit + 1}::integer`,
    );
    return { rows: [...found], end: null };
  }
  const walked = await tx.execute<Row & { hit: boolean; place: number }>(sql`
    with walked as materialized (
      select id, severity_rank, opened_at, due_at, title, path, package, rule_id, aliases, row_number() over (order by ${by}) as place
      from ${rows} where ${where} order by ${by} limit ${WALKED_MAX}::integer
    ), hit as (
      select * from walked where ${words} order by place limit ${filter.limit + 1}::integer
    )
    select ${row}, true as hit, place::integer from hit
    union all
    select ${row}, false, place::integer from walked where place = ${WALKED_MAX}::integer
    order by place`);
  const toRow = ({ id, rank, at: when }: Row) => ({ id, rank, at: when });
  const end = walked.find(({ hit }) => !hit);
  return { rows: walked.filter(({ hit }) => hit).map(toRow), end: end ? toRow(end) : null };
}

const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function comparison(sort: ListFilter['sort']): (a: Row, b: Row) => number {
  const direction = sort === 'newest' ? -1 : 1;
  return (a, b) =>
    (sort === 'severity' ? a.rank - b.rank : 0) || direction * (byText(a.at, b.at) || byText(a.id, b.id));
}

/**
 * A page of ids in the order that is asked for. Each status is read from its own end of the index, then the first of them
 * all are taken: sorting a million rows takes seconds. With words a page may be short though there is more.
 * @throws AppError `bad_request` for a cursor of another order
 */
export async function walkFindings(
  tx: ReadTx,
  tenantId: string,
  filter: ListFilter,
): Promise<{ ids: string[]; nextCursor: string | null }> {
  const { sort, limit } = filter;
  const from = filter.cursor ? decodeCursor(filter.cursor, place) : null;
  if (from && from.sort !== sort) throw new AppError('bad_request', 'The cursor belongs to another order.');
  const narrowed = await narrowAssets(tx, tenantId, await narrowBranches(tx, tenantId, filter));
  const shared = allOf(tenantId, narrowed.conditions, new Set(['status']));
  const { only, after } = ORDERS[sort];
  const behind = from ? after(from) : sql`true`;
  const walks: Walk[] = [];
  for (const status of new Set(filter.status ?? ['open'])) {
    const isIt = sql`status = ${status}`;
    const rows = await rowsToWalk(tx, tenantId, sql`tenant_id = ${tenantId}::uuid and ${isIt}`, narrowed);
    walks.push(await walk(tx, { filter, rows, where: sql`${shared} and ${isIt} and ${only} and ${behind}` }));
  }
  const compare = comparison(sort);
  const [horizon] = walks.flatMap(({ end }) => end ?? []).sort(compare);
  const found = walks
    .flatMap(({ rows }) => rows)
    .filter((row) => !horizon || compare(row, horizon) <= 0)
    .sort(compare);
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : horizon;
  return {
    ids: page.map(({ id }) => id),
    nextCursor: last
      ? encodeCursor({ sort, rank: last.rank, at: last.at, id: last.id } satisfies Place)
      : null,
  };
}
