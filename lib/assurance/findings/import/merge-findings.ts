import { setImmediate as nextTurn } from 'node:timers/promises';
import type { WriteTx } from '@/db/scope';
import type { ReportedFinding } from '@/lib/assurance/findings/parsers/parser';
import {
  applyChanges,
  type FindingState,
  opened,
  pairMembers,
  type SlaPolicy,
  seen,
  type Transition,
} from '@/lib/assurance/findings/rules';
import { newId } from '@/lib/platform/core/ids';
import { KEY_VERSION } from './identity';
import { keysOf, type Match, type Pair } from './match-stream';
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
  type OtherView,
  otherViews,
  type SightingRow,
  type StoredFinding,
  updateFindings,
  upsertSightings,
} from './merge-rows';
import { mergedAttributes, ratingOf, shownSeverity, speaksForAsset, type Views } from './shown';
import { groupAt, type Observed, type Spool } from './spool-report';

export const BATCH = 1_000;
/** Rows that are prepared before what waits for this process has its turn: answers of the database, other jobs. */
const TURN = 50;
/** Batches on their way to the database: one that is written, and one that waits, ready. */
const WRITES_MAX = 2;

export interface MergeContext extends Author {
  scanId: string;
  assetId: string;
  streamId: string;
  branch: string;
  /** The branch whose reports say what is shown. */
  defaultBranch: string;
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

function differenceOf(before: Record<string, unknown>, now: Record<string, unknown>): string | null {
  const sentences: string[] = [];
  for (const [name, label] of [
    ['installedVersion', 'Installed version'],
    ['fixedVersion', 'Fixed in'],
  ] as const) {
    if ((before[name] ?? '') !== (now[name] ?? ''))
      sentences.push(`${label}: ${String(before[name] ?? 'none')} → ${String(now[name] ?? 'none')}.`);
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
    rating: ratingOf(finding),
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
    rating: ratingOf(finding),
    occurrences: finding.occurrences,
    state: last({} as FindingState, transitions),
    transitions,
  };
}

function movedRow(
  context: MergeContext,
  stored: StoredFinding,
  finding: ReportedFinding,
  others: readonly OtherView[],
): MovedRow {
  const views: Views = {
    branch: context.branch,
    rating: ratingOf(finding),
    severity: finding.severity,
    stored: { severity: stored.state.severity, isUnrated: stored.details.isUnrated === true },
    others,
    defaultBranch: context.defaultBranch,
  };
  const { severity, isUnrated } = shownSeverity(views);
  const isShown = speaksForAsset(views);
  const own = attributesOf(finding);
  const isOnlyView = others.length === 0 && isUnrated === (finding.isUnrated ?? false);
  const attributes = isOnlyView ? own : mergedAttributes(own, stored, isUnrated);
  const observation = {
    severity,
    verdict: finding.verdict ?? null,
    difference: isShown ? differenceOf(stored.details, attributes.details) : null,
  };
  const transitions = seen(stored.state, context.at, observation, context.policy);
  return {
    id: stored.id,
    events: stored.events,
    state: last(stored.state, transitions),
    transitions,
    attributes: isShown ? attributes : null,
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
    const views = await otherViews(
      tx,
      context.actor.tenantId,
      context.streamId,
      batch.map(({ id }) => id),
    );
    const others = Map.groupBy(views, ({ id }) => id);
    const moved: MovedRow[] = [];
    const sightings: SightingRow[] = [];
    for (const { observed, id } of batch) {
      const row = stored.get(id);
      if (!row) continue;
      const finding = spool.load(observed);
      moved.push(movedRow(context, row, finding, others.get(id) ?? []));
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

/** Batches of groups; a group is never parted, for its members are numbered together. */
function* batchesOf(spool: Spool, unknown: Match['unknown']): Generator<Observed[][]> {
  let groups: Observed[][] = [];
  let size = 0;
  for (const one of unknown) {
    const group = typeof one === 'number' ? groupAt(spool.index, one) : one;
    groups.push(group);
    size += group.length;
    if (size < BATCH) continue;
    yield groups;
    groups = [];
    size = 0;
  }
  if (size > 0) yield groups;
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

/** What other streams of the asset know of what this one does not, by key. */
async function elsewhereOf(
  tx: WriteTx,
  { actor, assetId }: MergeContext,
  spool: Spool,
  unknown: Match['unknown'],
): Promise<Map<string, Elsewhere[]>> {
  const found = new Map<string, Elsewhere[]>();
  if (unknown.length === 0 || !(await hasFindings(tx, actor.tenantId, assetId))) return found;
  for (const groups of batchesOf(spool, unknown)) {
    const keys = new Set(groups.flatMap(([first]) => (first ? keysOf(first) : [])));
    const rows = await knownElsewhere(tx, actor.tenantId, assetId, [...keys]);
    for (const [key, mates] of Map.groupBy(rows, (row) => row.key)) found.set(key, mates);
  }
  return found;
}

/**
 * Writes what the stream does not know and nobody else does; batches are prepared while the database writes those before
 * them. All that is known is read before anything is written: a finding of this very report is no mate for another one
 * under its alias.
 * @returns what other streams brought in
 */
async function writeUnknown(
  tx: WriteTx,
  context: MergeContext,
  spool: Spool,
  { unknown }: Match,
  taken: Set<string>,
  counts: Counts,
): Promise<Pair[]> {
  const byKey = await elsewhereOf(tx, context, spool, unknown);
  const adopted: Pair[] = [];
  const writing: Promise<void>[] = [];
  for (const groups of batchesOf(spool, unknown)) {
    const fresh: Fresh[] = [];
    for (const group of groups) adoptGroup(group, byKey, taken, { adopted, fresh });
    const rows: FindingRow[] = [];
    for (const [i, { observed, member }] of fresh.entries()) {
      if (i % TURN === 0) await nextTurn();
      rows.push(newRow(context, observed, member, spool.load(observed)));
    }
    counts.new += rows.length;
    if (writing.length === WRITES_MAX) await writing.shift();
    const written = insertFindings(tx, context, context, rows);
    // A failure is thrown where it is awaited, which may be a batch later.
    written.catch(() => undefined);
    writing.push(written);
  }
  await Promise.all(writing);
  return adopted;
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
  const counts: Counts = {
    found: match.found,
    new: 0,
    reopened: 0,
    changed: 0,
    unchanged: match.unchanged,
    fixed: 0,
    held: 0,
  };
  const taken = new Set(known.map(({ id }) => id));
  const adopted = await writeUnknown(tx, context, spool, match, taken, counts);
  await writeSeen(tx, context, spool, [...match.touched, ...adopted], counts);
  return counts;
}
