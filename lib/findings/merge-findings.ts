import { setImmediate as nextTurn } from 'node:timers/promises';
import type { WriteTx } from '@/db/scope';
import { newId } from '@/lib/core/ids';
import { KEY_VERSION } from './identity';
import {
  type Attributes,
  type Author,
  type Elsewhere,
  type FindingRow,
  hasFindings,
  insertFindings,
  type Known,
  knownElsewhere,
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
  opened,
  pairMembers,
  type SlaPolicy,
  seen,
  type Transition,
} from './rules';
import { groupsOf, type Observed, type Spool } from './spool-report';

export const BATCH = 1_000;
/** Rows that are prepared before what waits for this process has its turn: answers of the database, other jobs. */
const TURN = 50;
/** Batches on their way to the database: one that is written, and one that waits, ready. */
const WRITES_MAX = 2;

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

export const last = (state: FindingState, transitions: readonly Transition[]) =>
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
    digest: observed.digest,
    line: observed.line,
    occurrences: finding.occurrences,
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

interface Fresh {
  observed: Observed;
  member: number;
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

/** Pairs one group of the report with what other streams know of it. */
function adoptGroup(
  group: readonly Observed[],
  byKey: ReadonlyMap<string, Elsewhere[]>,
  taken: Set<string>,
  { adopted, fresh }: { adopted: Pair[]; fresh: Fresh[] },
): void {
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

/**
 * Pairs what the stream does not know with findings that other streams of the asset brought in; the rest is new. All of
 * it is read before anything is written: a finding of this very report is no mate for another one under its alias.
 */
async function adopt(tx: WriteTx, context: MergeContext, unknown: readonly Observed[], taken: Set<string>) {
  const { assetId, actor } = context;
  const result = { adopted: [] as Pair[], fresh: [] as Fresh[] };
  const isKnownAsset = unknown.length > 0 && (await hasFindings(tx, actor.tenantId, assetId));
  for (const batch of batchesOf(unknown)) {
    const keys = isKnownAsset ? [...new Set(batch.flatMap(keysOf))] : [];
    const byKey = Map.groupBy(await knownElsewhere(tx, actor.tenantId, assetId, keys), ({ key }) => key);
    for (const group of Map.groupBy(batch, ({ key }) => key).values())
      adoptGroup(group, byKey, taken, result);
  }
  return result;
}

/** Writes new findings; batches are prepared while the database writes those before them. */
async function writeFresh(
  tx: WriteTx,
  context: MergeContext,
  spool: Spool,
  fresh: readonly Fresh[],
): Promise<void> {
  const writing: Promise<void>[] = [];
  for (let from = 0; from < fresh.length; from += BATCH) {
    const rows: FindingRow[] = [];
    for (const [i, { observed, member }] of fresh.slice(from, from + BATCH).entries()) {
      if (i % TURN === 0) await nextTurn();
      rows.push(newRow(context, observed, member, spool.load(observed)));
    }
    if (writing.length === WRITES_MAX) await writing.shift();
    const written = insertFindings(tx, context, context, rows);
    // A failure is thrown where it is awaited, which may be a batch later.
    written.catch(() => undefined);
    writing.push(written);
  }
  await Promise.all(writing);
}

/**
 * Writes what the report shows: new, changed and reopened findings. Absences are another matter. What people may want to
 * decide meanwhile is locked last.
 */
export async function writeFound(
  tx: WriteTx,
  context: MergeContext,
  spool: Spool,
  known: readonly Known[],
  match: Match,
): Promise<Counts> {
  const { adopted, fresh } = await adopt(tx, context, match.unknown, new Set(known.map(({ id }) => id)));
  const counts: Counts = {
    found: match.found,
    new: fresh.length,
    reopened: 0,
    changed: 0,
    unchanged: match.unchanged,
    fixed: 0,
    held: 0,
  };
  await writeFresh(tx, context, spool, fresh);
  await writeSeen(tx, context, spool, [...match.touched, ...adopted], counts);
  return counts;
}
