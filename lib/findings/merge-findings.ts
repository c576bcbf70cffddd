import { sql } from 'drizzle-orm';
import type { WriteTx } from '@/db/scope';
import { newId } from '@/lib/core/ids';
import { KEY_VERSION } from './identity';
import {
  type Attributes,
  type Author,
  type FindingRow,
  insertFindings,
  type Known,
  knownOfAsset,
  lockFindings,
  type MovedRow,
  type SightingRow,
  type StoredFinding,
  updateFindings,
  upsertSightings,
} from './merge-rows';
import type { ReportedFinding } from './parsers/parser';
import {
  applyChanges,
  type FindingState,
  missed,
  opened,
  pairMembers,
  type SlaPolicy,
  seen,
  type Transition,
} from './rules';
import { groupsOf, type Observed, type Spool } from './spool-report';

const BATCH = 1_000;

export interface MergeContext extends Author {
  scanId: string;
  assetId: string;
  streamId: string;
  tool: string;
  policy: SlaPolicy;
  kev: ReadonlySet<string>;
}

export interface Counts {
  found: number;
  new: number;
  reopened: number;
  changed: number;
  unchanged: number;
  fixed: number;
  held: number;
}

interface Pair {
  observed: Observed;
  id: string;
}

/** Findings of the report beside those that the stream knows. */
export interface Match {
  found: number;
  unchanged: number;
  /** Known, and something about them is to be written. */
  touched: Pair[];
  /** Not known to the stream. */
  unknown: Observed[];
  /** Live, and not in the report. */
  missing: Known[];
}

function keysOf(observed: Observed): string[] {
  return [observed.key, ...observed.otherKeys];
}

/** Pairs what the report holds with what the stream knows, by key, and members of a group by line. */
export function matchStream(spool: Spool, known: readonly Known[]): Match {
  const byKey = Map.groupBy(known, ({ key }) => key);
  const seenIds = new Set<string>();
  const match: Match = { found: 0, unchanged: 0, touched: [], unknown: [], missing: [] };
  for (const group of groupsOf(spool.entries)) {
    match.found += group.length;
    const [first] = group;
    const key = first && keysOf(first).find((one) => byKey.get(one)?.some(({ id }) => !seenIds.has(id)));
    const mates = (key === undefined ? [] : (byKey.get(key) ?? [])).filter(({ id }) => !seenIds.has(id));
    const pairs = pairMembers(
      group.map(({ line }) => line),
      mates.map(({ line }) => line),
    );
    for (const [i, observed] of group.entries()) {
      const mate = mates[pairs[i] ?? -1];
      if (!mate) {
        match.unknown.push(observed);
        continue;
      }
      seenIds.add(mate.id);
      const isSame = mate.isLive && !mate.isFlagged && mate.digest === observed.digest;
      if (isSame) match.unchanged += 1;
      else match.touched.push({ observed, id: mate.id });
    }
  }
  match.missing = known.filter(({ id, isLive }) => isLive && !seenIds.has(id));
  return match;
}

function attributesOf(finding: ReportedFinding): Attributes {
  const { description, installedVersion, fixedVersion, purl, line, cvssScore, cvssVector, cwes, references } =
    finding;
  const shown = {
    description,
    installedVersion,
    fixedVersion,
    purl,
    line,
    cvssScore,
    cvssVector,
    cwes,
    references,
  };
  const flags = { isUnrated: finding.isUnrated, isWeak: finding.isWeak };
  return {
    ruleId: finding.ids[0],
    aliases: [...new Set([...finding.ids.slice(1), ...(finding.aliases ?? [])])].filter(
      (one) => one !== finding.ids[0],
    ),
    title: finding.title,
    package: finding.package ?? null,
    path: finding.path ?? null,
    details: { ...shown, ...flags },
  };
}

function differenceOf(before: Record<string, unknown>, now: ReportedFinding): string | null {
  const sentences: string[] = [];
  for (const [name, label] of [
    ['installedVersion', 'Installed version'],
    ['fixedVersion', 'Fixed in'],
  ] as const) {
    if ((before[name] ?? '') !== (now[name] ?? ''))
      sentences.push(`${label}: ${String(before[name] ?? 'none')} → ${now[name] ?? 'none'}.`);
  }
  return sentences.length === 0 ? null : sentences.join(' ');
}

const last = (state: FindingState, transitions: readonly Transition[]) =>
  transitions.reduce((one, { changes }) => applyChanges(one, changes), state);

function sightingOf(id: string, observed: Observed, finding: ReportedFinding, at: string): SightingRow {
  return {
    findingId: id,
    digest: observed.digest,
    line: observed.line,
    occurrences: finding.occurrences,
    at,
  };
}

function newRow(
  context: MergeContext,
  observed: Observed,
  member: number,
  finding: ReportedFinding,
): FindingRow {
  const attributes = attributesOf(finding);
  const transitions = opened(finding.severity, context.at, context.policy, finding.verdict ?? null);
  const isKev = [attributes.ruleId, ...attributes.aliases].some((name) => context.kev.has(name));
  return {
    ...attributes,
    id: newId(),
    tool: context.tool,
    kind: finding.kind,
    key: observed.key,
    member,
    keyVersion: KEY_VERSION,
    isKev,
    firstSeenAt: context.at,
    state: last({} as FindingState, transitions),
    transitions,
  };
}

function movedRow(context: MergeContext, stored: StoredFinding, finding: ReportedFinding): MovedRow {
  const observation = {
    severity: finding.severity,
    verdict: finding.verdict ?? null,
    difference: differenceOf(stored.details, finding),
  };
  const transitions = seen(stored.state, context.at, observation, context.policy);
  return {
    id: stored.id,
    events: stored.events,
    state: last(stored.state, transitions),
    transitions,
    attributes: attributesOf(finding),
  };
}

async function writeSeen(
  tx: WriteTx,
  context: MergeContext,
  spool: Spool,
  pairs: readonly Pair[],
  counts: Counts,
): Promise<void> {
  for (let from = 0; from < pairs.length; from += BATCH) {
    const batch = pairs.slice(from, from + BATCH);
    const stored = await lockFindings(
      tx,
      context.actor.tenantId,
      batch.map(({ id }) => id),
    );
    const moved: MovedRow[] = [];
    const sightings: SightingRow[] = [];
    for (const { observed, id } of batch) {
      const row = stored.get(id);
      if (!row) continue;
      const finding = spool.load(observed);
      moved.push(movedRow(context, row, finding));
      sightings.push(sightingOf(id, observed, finding, context.at));
    }
    const types = moved.map(({ transitions }) => new Set(transitions.map(({ type }) => type)));
    counts.reopened += types.filter((each) => each.has('reopened')).length;
    counts.changed += types.filter((each) => each.size > 0 && !each.has('reopened')).length;
    counts.unchanged += types.filter((each) => each.size === 0).length;
    await updateFindings(tx, context, moved);
    await upsertSightings(tx, context.actor.tenantId, context.streamId, sightings);
  }
}

/** Pairs what the stream does not know with findings that other streams of the asset brought in; the rest is new. */
async function adopt(tx: WriteTx, context: MergeContext, batch: readonly Observed[], taken: Set<string>) {
  const keys = [...new Set(batch.flatMap(keysOf))];
  const rows = await knownOfAsset(tx, context.actor.tenantId, context.assetId, keys);
  const byKey = Map.groupBy(rows, ({ key }) => key);
  const adopted: Pair[] = [];
  const fresh: { observed: Observed; member: number }[] = [];
  for (const group of Map.groupBy(batch, ({ key }) => key).values()) {
    const [first] = group;
    const key = first && keysOf(first).find((one) => byKey.get(one)?.some(({ id }) => !taken.has(id)));
    const mates = (key === undefined ? [] : (byKey.get(key) ?? [])).filter(({ id }) => !taken.has(id));
    const pairs = pairMembers(
      group.map(({ line }) => line),
      mates.map(({ line }) => line),
    );
    let member = Math.max(0, ...(byKey.get(first?.key ?? '') ?? []).map((row) => row.member));
    for (const [i, observed] of group.entries()) {
      const mate = mates[pairs[i] ?? -1];
      if (mate) {
        taken.add(mate.id);
        adopted.push({ observed, id: mate.id });
      } else {
        member += 1;
        fresh.push({ observed, member });
      }
    }
  }
  return { adopted, fresh };
}

/** Batches that never part a group: its members are numbered together. */
function* batchesOf(unknown: readonly Observed[]): Generator<Observed[]> {
  for (let from = 0; from < unknown.length; ) {
    let to = Math.min(from + BATCH, unknown.length);
    while (to < unknown.length && unknown[to]?.key === unknown[to - 1]?.key) to += 1;
    yield unknown.slice(from, to);
    from = to;
  }
}

async function writeUnknown(
  tx: WriteTx,
  context: MergeContext,
  spool: Spool,
  match: Match,
  taken: Set<string>,
  counts: Counts,
): Promise<void> {
  for (const batch of batchesOf(match.unknown)) {
    const { adopted, fresh } = await adopt(tx, context, batch, taken);
    await writeSeen(tx, context, spool, adopted, counts);
    const rows: FindingRow[] = [];
    const sightings: SightingRow[] = [];
    for (const { observed, member } of fresh) {
      const finding = spool.load(observed);
      const row = newRow(context, observed, member, finding);
      rows.push(row);
      sightings.push(sightingOf(row.id, observed, finding, context.at));
    }
    counts.new += rows.length;
    await insertFindings(tx, context, context.assetId, rows);
    await upsertSightings(tx, context.actor.tenantId, context.streamId, sightings);
  }
}

/** Writes what the report shows: new, changed and reopened findings. Absences are another matter. */
export async function writeFound(
  tx: WriteTx,
  context: MergeContext,
  spool: Spool,
  known: readonly Known[],
  match: Match,
): Promise<Counts> {
  const counts: Counts = {
    found: match.found,
    new: 0,
    reopened: 0,
    changed: 0,
    unchanged: match.unchanged,
    fixed: 0,
    held: 0,
  };
  await writeSeen(tx, context, spool, match.touched, counts);
  await writeUnknown(tx, context, spool, match, new Set(known.map(({ id }) => id)), counts);
  return counts;
}

/** Marks the findings that a held run lacks, for who confirms it later. */
export async function holdMissing(
  tx: WriteTx,
  context: MergeContext,
  missing: readonly Known[],
): Promise<void> {
  await tx.execute(sql`
    update sighting s set held_scan_id = ${context.scanId}::uuid,
      last_seen_at = coalesce(s.last_seen_at, (select last_complete_at from scan_stream t
        where t.tenant_id = s.tenant_id and t.id = s.stream_id))
    where s.tenant_id = ${context.actor.tenantId}::uuid and s.stream_id = ${context.streamId}::uuid
      and s.finding_id in (select jsonb_array_elements_text(${JSON.stringify(missing.map(({ id }) => id))}::jsonb)::uuid)`);
}

/** Ends sightings that were missed often enough. @returns ids of findings that no stream sees any more */
async function endSightings(
  tx: WriteTx,
  context: MergeContext,
  ids: readonly string[],
  confirmAbsent: number,
) {
  const rows = await tx.execute<{ id: string; at: string; scan_id: string }>(sql`
    with ended as (
      update sighting s set missed_runs = s.missed_runs + 1, missed_at = coalesce(s.missed_at, ${context.at}::timestamptz),
        missed_scan_id = coalesce(s.missed_scan_id, ${context.scanId}::uuid), held_scan_id = null,
        gone_at = case when s.missed_runs + 1 >= ${confirmAbsent}::integer then ${context.at}::timestamptz end,
        last_seen_at = coalesce(s.last_seen_at, (select last_complete_at from scan_stream t
          where t.tenant_id = s.tenant_id and t.id = s.stream_id))
      where s.tenant_id = ${context.actor.tenantId}::uuid and s.stream_id = ${context.streamId}::uuid and s.gone_at is null
        and s.finding_id in (select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::uuid)
      returning s.finding_id, s.gone_at, s.missed_at, s.missed_scan_id)
    select e.finding_id as id, to_char(e.missed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at,
      e.missed_scan_id as scan_id
    from ended e
    where e.gone_at is not null and not exists (select 1 from sighting o
      where o.tenant_id = ${context.actor.tenantId}::uuid and o.finding_id = e.finding_id and o.gone_at is null
        and o.stream_id <> ${context.streamId}::uuid)`);
  return [...rows];
}

/**
 * Takes findings as absent from a complete run that may be believed. Fixed is what no stream sees any more, at the
 * first run that lacked it.
 * @returns how many findings were fixed
 */
export async function writeMissing(
  tx: WriteTx,
  context: MergeContext,
  ids: readonly string[],
  confirmAbsent: number,
): Promise<number> {
  let fixed = 0;
  for (let from = 0; from < ids.length; from += BATCH) {
    const ended = await endSightings(tx, context, ids.slice(from, from + BATCH), confirmAbsent);
    const stored = await lockFindings(
      tx,
      context.actor.tenantId,
      ended.map(({ id }) => id),
    );
    const rows = ended.flatMap(({ id, at, scan_id }): MovedRow[] => {
      const row = stored.get(id);
      if (!row) return [];
      const transitions = missed(row.state, at, scan_id);
      return [{ id, events: row.events, state: last(row.state, transitions), transitions, attributes: null }];
    });
    fixed += rows.filter(({ transitions }) => transitions.length > 0).length;
    await updateFindings(tx, context, rows);
  }
  return fixed;
}
