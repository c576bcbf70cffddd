import { and, desc, eq, inArray, or, sql } from 'drizzle-orm';
import { acceptance, asset, finding, findingEvent, scanStream, sighting } from '@/db/schema/findings';
import { userAccount } from '@/db/schema/identity';
import { type ReadTx, readTenant } from '@/db/scope';
import {
  type FindingDetailDto,
  type FindingDto,
  type FindingFilterInput,
  type FindingListDto,
  type ListFindingsInput,
  listFindingsInput,
} from '@/lib/assurance/findings/contract';
import type { ExportedFinding } from '@/lib/assurance/findings/export/export-formats';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { isId } from '@/lib/platform/core/ids';
import { acceptanceDtoOf, type FindingRecord, findingDtoOf, sightingDtoOf, textIn } from './finding-dto';
import { walkFindings } from './walk-findings';

const EVENTS_MAX = 200;

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
  if (!dto) throw new AppError('not_found', 'Finding not found.');
  return dto;
}

async function rowsOf(tx: ReadTx, tenantId: string, ids: readonly string[]): Promise<FindingRecord[]> {
  if (ids.length === 0) return [];
  return selectFindings(tx).where(and(eq(finding.tenantId, tenantId), inArray(finding.id, [...ids])));
}

/** Findings by id, in the order of the ids, in the caller's transaction. */
export async function readFindings(
  tx: ReadTx,
  tenantId: string,
  ids: readonly string[],
): Promise<FindingDto[]> {
  const rows = await rowsOf(tx, tenantId, ids);
  const dtos = new Map((await dtosOf(tx, tenantId, rows)).map((dto) => [dto.id, dto]));
  return ids.flatMap((id) => dtos.get(id) ?? []);
}

/** A page of findings. */
export async function listFindings(actor: Actor, input: ListFindingsInput): Promise<FindingListDto> {
  requirePermission(actor, 'findings:read');
  const filter = listFindingsInput.parse(input);
  return readTenant(actor, async (tx) => {
    const { ids, nextCursor } = await walkFindings(tx, actor.tenantId, filter);
    return { items: await readFindings(tx, actor.tenantId, ids), nextCursor };
  });
}

const EXPORT_PAGE = 1_000;

/** Every finding that fulfils the filter, worst first, page by page: none is held longer than it is written. */
export async function* readForExport(
  actor: Actor,
  filter: Omit<FindingFilterInput, 'limit'>,
): AsyncGenerator<ExportedFinding[]> {
  requirePermission(actor, 'findings:read');
  const { tenantId } = actor;
  const asked = { ...listFindingsInput.parse(filter), limit: EXPORT_PAGE };
  let cursor: string | undefined;
  do {
    const { page, nextCursor } = await readTenant(actor, async (tx) => {
      const { ids, nextCursor: next } = await walkFindings(tx, tenantId, { ...asked, cursor });
      const rows = await rowsOf(tx, tenantId, ids);
      const dtos = new Map((await dtosOf(tx, tenantId, rows)).map((dto) => [dto.id, dto]));
      const purls = new Map(rows.map(({ finding: row }) => [row.id, textIn(row.details, 'purl')]));
      return {
        page: ids.flatMap((id) => {
          const dto = dtos.get(id);
          return dto ? [{ finding: dto, purl: purls.get(id) ?? null }] : [];
        }),
        nextCursor: next,
      };
    });
    yield page;
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
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
    if (!row) throw new AppError('not_found', 'Finding not found.');
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
