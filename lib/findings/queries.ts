import { and, asc, desc, eq, inArray, or, type SQL, sql } from 'drizzle-orm';
import { z } from 'zod';
import { acceptance, asset, finding, findingEvent, scanStream, sighting } from '@/db/schema/findings';
import { userAccount } from '@/db/schema/identity';
import { type ReadTx, readTenant } from '@/db/scope';
import type { Actor } from '@/lib/auth/contract';
import { requirePermission } from '@/lib/auth/require';
import { decodeCursor, encodeCursor } from '@/lib/core/cursor';
import { AppError } from '@/lib/core/errors';
import { isId } from '@/lib/core/ids';
import {
  type FindingDetailDto,
  type FindingDto,
  type FindingListDto,
  type FindingStatus,
  type ListFindingsInput,
  listFindingsInput,
} from './contract';
import { acceptanceDtoOf, type FindingRecord, findingDtoOf, sightingDtoOf, textIn } from './finding-dto';

const EVENTS_MAX = 200;
const SOON = sql`interval '7 days'`;

type Filter = z.output<typeof listFindingsInput>;

const columns = {
  finding,
  assetName: asset.name,
  ownerName: userAccount.displayName,
  isOverdue: sql<boolean>`${finding.status} = 'open' and ${finding.dueAt} < statement_timestamp()`,
};

/** How the streams of a finding stand, for one page of findings. */
async function seenOf(tx: ReadTx, tenantId: string, ids: readonly string[]) {
  const rows = await tx
    .select({
      id: sighting.findingId,
      lastSeenAt: sql<
        string | null
      >`to_char(max(case when ${sighting.goneAt} is null then coalesce(${sighting.lastSeenAt}, ${scanStream.lastCompleteAt}, ${sighting.firstSeenAt}) else ${sighting.lastSeenAt} end) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
      isUnverified: sql<boolean>`bool_and(coalesce(${scanStream.lastStatus}, '') in ('failed', 'held')) filter (where ${sighting.goneAt} is null)`,
    })
    .from(sighting)
    .innerJoin(
      scanStream,
      and(eq(scanStream.tenantId, sighting.tenantId), eq(scanStream.id, sighting.streamId)),
    )
    .where(and(eq(sighting.tenantId, tenantId), inArray(sighting.findingId, [...ids])))
    .groupBy(sighting.findingId);
  return new Map(rows.map((row) => [row.id, row]));
}

async function dtosOf(tx: ReadTx, tenantId: string, rows: readonly FindingRecord[]): Promise<FindingDto[]> {
  if (rows.length === 0) return [];
  const seen = await seenOf(
    tx,
    tenantId,
    rows.map((row) => row.finding.id),
  );
  return rows.map((row) => findingDtoOf(row, seen.get(row.finding.id)));
}

function selectFindings(tx: ReadTx) {
  return tx
    .select(columns)
    .from(finding)
    .innerJoin(asset, and(eq(asset.tenantId, finding.tenantId), eq(asset.id, finding.assetId)))
    .leftJoin(userAccount, eq(userAccount.id, finding.ownerUserId));
}

/** One finding, in the caller's transaction. */
export async function readFinding(tx: ReadTx, tenantId: string, id: string): Promise<FindingDto> {
  const rows = isId(id)
    ? await selectFindings(tx).where(and(eq(finding.tenantId, tenantId), eq(finding.id, id)))
    : [];
  const [dto] = await dtosOf(tx, tenantId, rows);
  if (!dto) throw new AppError('not_found', 'There is no such finding.');
  return dto;
}

const escaped = (text: string) => `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`;

function textMatches(q: string): SQL | undefined {
  const pattern = escaped(q);
  return or(
    ...[finding.title, finding.path, finding.package, finding.ruleId].map(
      (column) => sql`${column} ilike ${pattern}`,
    ),
  );
}

function onBranch(branches: readonly string[]): SQL {
  return sql`exists (select 1 from ${sighting} join ${scanStream} on ${scanStream.tenantId} = ${sighting.tenantId} and ${scanStream.id} = ${sighting.streamId}
    where ${sighting.tenantId} = ${finding.tenantId} and ${sighting.findingId} = ${finding.id} and ${sighting.goneAt} is null and ${inArray(scanStream.branch, [...branches])})`;
}

function slaIs(sla: 'overdue' | 'soon'): SQL {
  return sla === 'overdue'
    ? sql`${finding.dueAt} < statement_timestamp()`
    : sql`${finding.dueAt} >= statement_timestamp() and ${finding.dueAt} < statement_timestamp() + ${SOON}`;
}

function conditionOf(tenantId: string, filter: Filter): SQL | undefined {
  return and(
    eq(finding.tenantId, tenantId),
    filter.severity ? inArray(finding.severity, filter.severity) : undefined,
    filter.tool ? inArray(finding.tool, filter.tool) : undefined,
    filter.kind ? inArray(finding.kind, filter.kind) : undefined,
    filter.asset
      ? sql`${finding.assetId} in (select a.id from asset a where a.tenant_id = ${tenantId}::uuid and ${inArray(sql`a.name`, filter.asset)})`
      : undefined,
    filter.branch ? onBranch(filter.branch) : undefined,
    filter.package ? inArray(finding.package, filter.package) : undefined,
    filter.rule ? inArray(finding.ruleId, filter.rule) : undefined,
    filter.owner ? inArray(finding.ownerUserId, filter.owner) : undefined,
    filter.sla ? slaIs(filter.sla) : undefined,
    filter.kev ? eq(finding.isKev, filter.kev === 'true') : undefined,
    filter.q ? textMatches(filter.q) : undefined,
  );
}

const exact = (column: typeof finding.openedAt | typeof finding.dueAt) =>
  sql<string>`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

const place = z.strictObject({
  sort: z.enum(['severity', 'due', 'newest']),
  rank: z.int(),
  at: z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/),
  id: z.uuid(),
});
type Place = z.infer<typeof place>;

/** Each order with what comes after a place in it; the columns are those of an index. */
const ORDERS = {
  severity: {
    by: [asc(finding.severityRank), asc(finding.openedAt), asc(finding.id)],
    at: finding.openedAt,
    after: (from: Place) =>
      sql`(${finding.severityRank}, ${finding.openedAt}, ${finding.id}) > (${from.rank}::smallint, ${from.at}::timestamptz, ${from.id}::uuid)`,
    only: undefined,
  },
  due: {
    by: [asc(finding.dueAt), asc(finding.id)],
    at: finding.dueAt,
    after: (from: Place) =>
      sql`(${finding.dueAt}, ${finding.id}) > (${from.at}::timestamptz, ${from.id}::uuid)`,
    only: sql`${finding.dueAt} is not null`,
  },
  newest: {
    by: [desc(finding.openedAt), desc(finding.id)],
    at: finding.openedAt,
    after: (from: Place) =>
      sql`(${finding.openedAt}, ${finding.id}) < (${from.at}::timestamptz, ${from.id}::uuid)`,
    only: undefined,
  },
} as const;

/** Each status from its own end of the index, then the first of them all: sorting a million rows takes seconds. */
async function idsOf(
  tx: ReadTx,
  tenantId: string,
  filter: Filter,
): Promise<{ id: string; rank: number; at: string }[]> {
  const order = ORDERS[filter.sort];
  const from = filter.cursor ? decodeCursor(filter.cursor, place) : null;
  if (from && from.sort !== filter.sort)
    throw new AppError('bad_request', 'The cursor belongs to another order.');
  const statuses: readonly FindingStatus[] = filter.status ?? ['open'];
  const rows: { id: string; rank: number; at: string }[] = [];
  for (const status of new Set(statuses)) {
    const where = and(
      conditionOf(tenantId, filter),
      eq(finding.status, status),
      order.only,
      from ? order.after(from) : undefined,
    );
    const select = { id: finding.id, rank: finding.severityRank, at: exact(order.at) };
    rows.push(
      ...(await tx
        .select(select)
        .from(finding)
        .where(where)
        .orderBy(...order.by)
        .limit(filter.limit + 1)),
    );
  }
  const byText = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const direction = filter.sort === 'newest' ? -1 : 1;
  return rows.sort(
    (a, b) =>
      (filter.sort === 'severity' ? a.rank - b.rank : 0) ||
      direction * (byText(a.at, b.at) || byText(a.id, b.id)),
  );
}

/** A page of findings. */
export async function listFindings(actor: Actor, input: ListFindingsInput): Promise<FindingListDto> {
  requirePermission(actor, 'findings:read');
  const filter = listFindingsInput.parse(input);
  return readTenant(actor, async (tx) => {
    const places = await idsOf(tx, actor.tenantId, filter);
    const page = places.slice(0, filter.limit);
    const end = places.length > filter.limit ? page.at(-1) : undefined;
    const ids = page.map(({ id }) => id);
    const rows =
      ids.length === 0
        ? []
        : await selectFindings(tx).where(and(eq(finding.tenantId, actor.tenantId), inArray(finding.id, ids)));
    const dtos = new Map((await dtosOf(tx, actor.tenantId, rows)).map((dto) => [dto.id, dto]));
    const items = ids.flatMap((id) => dtos.get(id) ?? []);
    return {
      items,
      nextCursor: end
        ? encodeCursor({ sort: filter.sort, rank: end.rank, at: end.at, id: end.id } satisfies Place)
        : null,
    };
  });
}

async function relatedOf(tx: ReadTx, row: typeof finding.$inferSelect): Promise<FindingDetailDto['related']> {
  const names = [row.ruleId, ...row.aliases];
  if (row.package === null || row.kind !== 'vulnerability') return [];
  const others = await tx
    .select({
      id: finding.id,
      tool: finding.tool,
      ruleId: finding.ruleId,
      severity: finding.severity,
      status: finding.status,
    })
    .from(finding)
    .where(
      and(
        eq(finding.tenantId, row.tenantId),
        eq(finding.assetId, row.assetId),
        eq(finding.package, row.package),
        sql`${finding.id} <> ${row.id}`,
        or(
          inArray(finding.ruleId, names),
          sql`${finding.aliases} && array(select jsonb_array_elements_text(${JSON.stringify(names)}::jsonb))`,
        ),
      ),
    )
    .limit(20);
  return others as FindingDetailDto['related'];
}

async function eventsOf(tx: ReadTx, tenantId: string, id: string): Promise<FindingDetailDto['events']> {
  const rows = await tx
    .select()
    .from(findingEvent)
    .where(and(eq(findingEvent.tenantId, tenantId), eq(findingEvent.findingId, id)))
    .orderBy(desc(findingEvent.number))
    .limit(EVENTS_MAX);
  return rows.reverse().map(({ number, at, type, actorType, actorLabel, scanId, changes, reason }) => ({
    ...{ number, type, actorType, scanId, changes, reason },
    at: at.toISOString(),
    actor: actorLabel,
  }));
}

/** One finding with its places, its history and what other tools say about it. */
export async function getFinding(actor: Actor, id: string): Promise<FindingDetailDto> {
  requirePermission(actor, 'findings:read');
  const { tenantId } = actor;
  return readTenant(actor, async (tx) => {
    const dto = await readFinding(tx, tenantId, id);
    const [row] = await tx
      .select()
      .from(finding)
      .where(and(eq(finding.tenantId, tenantId), eq(finding.id, id)));
    if (!row) throw new AppError('not_found', 'There is no such finding.');
    const sightings = await tx
      .select({ sighting, stream: scanStream })
      .from(sighting)
      .innerJoin(
        scanStream,
        and(eq(scanStream.tenantId, sighting.tenantId), eq(scanStream.id, sighting.streamId)),
      )
      .where(and(eq(sighting.tenantId, tenantId), eq(sighting.findingId, id)));
    const asked = await tx
      .select()
      .from(acceptance)
      .where(and(eq(acceptance.tenantId, tenantId), eq(acceptance.findingId, id)))
      .orderBy(desc(acceptance.requestedAt))
      .limit(50);
    const { details } = row;
    return {
      finding: dto,
      description: textIn(details, 'description'),
      cvssScore: typeof details.cvssScore === 'number' ? details.cvssScore : null,
      cvssVector: textIn(details, 'cvssVector'),
      cwes: Array.isArray(details.cwes) ? details.cwes.map(String) : [],
      references: Array.isArray(details.references) ? details.references.map(String) : [],
      purl: textIn(details, 'purl'),
      isUnrated: details.isUnrated === true,
      isWeak: details.isWeak === true,
      sightings: sightings.map((one) => sightingDtoOf(one.sighting, one.stream)),
      events: await eventsOf(tx, tenantId, id),
      acceptances: asked.map(acceptanceDtoOf),
      related: await relatedOf(tx, row),
    };
  });
}
