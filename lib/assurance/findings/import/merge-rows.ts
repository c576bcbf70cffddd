import { type SQL, sql } from 'drizzle-orm';
import type { ReadTx, WriteTx } from '@/db/scope';
import { FINDING_KINDS, type FindingKind } from '@/lib/assurance/findings/contract';
import type { FindingState, Transition } from '@/lib/assurance/findings/rules';
import type { Actor } from '@/lib/platform/auth/contract';

/** What a report says of a finding beside its life: columns and `details`. */
export interface Attributes {
  ruleId: string;
  aliases: readonly string[];
  title: string;
  package: string | null;
  path: string | null;
  details: Record<string, unknown>;
}

export interface FindingRow extends Attributes {
  id: string;
  tool: string;
  kind: string;
  key: string;
  member: number;
  keyVersion: number;
  isKev: boolean;
  digest: string;
  line: number | null;
  rating: number;
  occurrences: readonly object[];
  state: FindingState;
  transitions: readonly Transition[];
}

export interface SightingRow {
  findingId: string;
  digest: string;
  line: number | null;
  /** How the report rates it: 0 critical to 4 info, 5 not at all. */
  rating: number;
  occurrences: readonly object[];
  at: string;
}

export interface MovedRow {
  id: string;
  /** Number of the last event before these. */
  events: number;
  state: FindingState;
  transitions: readonly Transition[];
  attributes: Attributes | null;
}

/** Who makes bulk changes in which tenant, and for which scan. */
export interface Author {
  actor: Actor;
  scanId: string | null;
  at: string;
}

const LABEL_LENGTH_MAX = 200;
const STATE_COLUMNS = sql`severity text, detection text, episode integer, opened_at timestamptz, due_at timestamptz,
  fixed_at timestamptz, fixed_by_scan_id uuid, decision text, decision_until timestamptz, decision_reason text,
  decision_justification text, decision_source text, decided_by text, decided_at timestamptz`;

/** What is null is left out of a record: reading it back gives null, and Postgres parses a third less. */
const given = <T>(value: T | null): T | undefined => value ?? undefined;

function stateColumns(state: FindingState) {
  return {
    severity: state.severity,
    detection: state.detection,
    episode: state.episode,
    opened_at: state.openedAt,
    due_at: given(state.dueAt),
    fixed_at: given(state.fixedAt),
    fixed_by_scan_id: given(state.fixedByScanId),
    decision: state.decision,
    decision_until: given(state.decisionUntil),
    decision_reason: given(state.decisionReason),
    decision_justification: given(state.decisionJustification),
    decision_source: given(state.decisionSource),
    decided_by: given(state.decidedBy),
    decided_at: given(state.decidedAt),
  };
}

/** Rows as one JSON parameter: one statement for a batch, and no input in its text. */
function recordset(rows: readonly object[], columns: SQL): SQL {
  return sql`json_to_recordset(${JSON.stringify(rows)}::json) as r(${columns})`;
}

const actorIdOf = (actor: Actor) =>
  actor.type === 'user' ? actor.userId : actor.type === 'key' ? actor.keyId : null;

async function insertEvents(
  tx: WriteTx,
  { actor, scanId, at }: Author,
  findings: readonly { id: string; events: number; transitions: readonly Transition[] }[],
): Promise<void> {
  const rows = findings.flatMap(({ id, events, transitions }) =>
    transitions.map(({ type, changes, reason }, i) => ({
      finding_id: id,
      number: events + i + 1,
      type,
      changes,
      reason: given(reason),
    })),
  );
  if (rows.length === 0) return;
  await tx.execute(sql`
    insert into finding_event (tenant_id, finding_id, number, at, type, actor_type, actor_id, actor_label, scan_id, changes, reason)
    select ${actor.tenantId}::uuid, r.finding_id, r.number, ${at}::timestamptz, r.type, ${actor.type}, ${actorIdOf(actor)}::uuid,
      ${actor.label.slice(0, LABEL_LENGTH_MAX)}, ${scanId}::uuid, r.changes, r.reason
    from ${recordset(rows, sql`finding_id uuid, number integer, type text, changes jsonb, reason text`)}`);
}

/** New findings with their first events and what the stream sees: one statement, and its rows are parsed once. */
export async function insertFindings(
  tx: WriteTx,
  { actor, scanId, at }: Author,
  { assetId, streamId }: { assetId: string; streamId: string },
  rows: readonly FindingRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const records = rows.map(({ state, ruleId, keyVersion, isKev, line, ...row }) => ({
    ...row,
    package: given(row.package),
    path: given(row.path),
    line: given(line),
    rule_id: ruleId,
    key_version: keyVersion,
    is_kev: isKev,
    events: row.transitions.length,
    ...stateColumns(state),
  }));
  await tx.execute(sql`
    with r as materialized (select * from ${recordset(
      records,
      sql`id uuid, tool text, kind text, key text, member integer, key_version smallint, rule_id text, aliases text[],
        title text, package text, path text, details jsonb, is_kev boolean, events integer, transitions jsonb, digest text,
        line integer, rating smallint, occurrences jsonb, ${STATE_COLUMNS}`,
    )}), found as (
      insert into finding (tenant_id, id, asset_id, tool, kind, key, member, key_version, rule_id, aliases, title, package,
        path, details, is_kev, first_seen_at, events, severity, detection, episode, opened_at, due_at, fixed_at,
        fixed_by_scan_id, decision, decision_until, decision_reason, decision_justification, decision_source, decided_by,
        decided_at)
      select ${actor.tenantId}::uuid, r.id, ${assetId}::uuid, r.tool, r.kind, r.key, r.member, r.key_version, r.rule_id,
        r.aliases, r.title, r.package, r.path, r.details, r.is_kev, ${at}::timestamptz, r.events, r.severity, r.detection,
        r.episode, r.opened_at, r.due_at, r.fixed_at, r.fixed_by_scan_id, r.decision, r.decision_until, r.decision_reason,
        r.decision_justification, r.decision_source, r.decided_by, r.decided_at from r
    ), seen as (
      insert into sighting (tenant_id, stream_id, finding_id, digest, line, rating, occurrences, first_seen_at)
      select ${actor.tenantId}::uuid, ${streamId}::uuid, r.id, r.digest, r.line, r.rating, r.occurrences, ${at}::timestamptz
      from r
    )
    insert into finding_event (tenant_id, finding_id, number, at, type, actor_type, actor_id, actor_label, scan_id, changes,
      reason)
    select ${actor.tenantId}::uuid, r.id, t.number, ${at}::timestamptz, t.event ->> 'type', ${actor.type},
      ${actorIdOf(actor)}::uuid, ${actor.label.slice(0, LABEL_LENGTH_MAX)}, ${scanId}::uuid, t.event -> 'changes',
      t.event ->> 'reason'
    from r, jsonb_array_elements(r.transitions) with ordinality as t(event, number)`);
}

/** Findings whose state or attributes changed, with the events that say how. */
export async function updateFindings(tx: WriteTx, author: Author, rows: readonly MovedRow[]): Promise<void> {
  const moved = rows.filter(({ transitions }) => transitions.length > 0);
  const { tenantId } = author.actor;
  if (moved.length > 0) {
    const records = moved.map(({ id, state, transitions }) => ({
      id,
      added: transitions.length,
      ...stateColumns(state),
    }));
    await tx.execute(sql`
      update finding f set severity = r.severity, detection = r.detection, episode = r.episode, opened_at = r.opened_at,
        due_at = r.due_at, fixed_at = r.fixed_at, fixed_by_scan_id = r.fixed_by_scan_id, decision = r.decision,
        decision_until = r.decision_until, decision_reason = r.decision_reason,
        decision_justification = r.decision_justification, decision_source = r.decision_source, decided_by = r.decided_by,
        decided_at = r.decided_at, events = f.events + r.added, version = f.version + 1
      from ${recordset(records, sql`id uuid, added integer, ${STATE_COLUMNS}`)}
      where f.tenant_id = ${tenantId}::uuid and f.id = r.id`);
    await insertEvents(tx, author, moved);
  }
  const described = rows.flatMap(({ id, attributes }) =>
    attributes ? [{ id, ...attributes, rule_id: attributes.ruleId }] : [],
  );
  if (described.length === 0) return;
  await tx.execute(sql`
    update finding f set rule_id = r.rule_id, aliases = r.aliases, title = r.title, package = r.package, path = r.path,
      details = r.details
    from ${recordset(described, sql`id uuid, rule_id text, aliases text[], title text, package text, path text, details jsonb`)}
    where f.tenant_id = ${tenantId}::uuid and f.id = r.id`);
}

/** What a stream sees now; a row that was missed or gone is live again. */
export async function upsertSightings(
  tx: WriteTx,
  tenantId: string,
  streamId: string,
  rows: readonly SightingRow[],
): Promise<void> {
  if (rows.length === 0) return;
  const records = rows.map(({ findingId, line, ...row }) => ({
    ...row,
    finding_id: findingId,
    line: given(line),
  }));
  await tx.execute(sql`
    insert into sighting (tenant_id, stream_id, finding_id, digest, line, rating, occurrences, first_seen_at)
    select ${tenantId}::uuid, ${streamId}::uuid, r.finding_id, r.digest, r.line, r.rating, r.occurrences, r.at
    from ${recordset(records, sql`finding_id uuid, digest text, line integer, rating smallint, occurrences jsonb, at timestamptz`)}
    on conflict (tenant_id, stream_id, finding_id) do update set digest = excluded.digest, line = excluded.line,
      rating = excluded.rating, occurrences = excluded.occurrences, last_seen_at = null, missed_runs = 0, missed_at = null, missed_scan_id = null,
      held_scan_id = null, gone_at = null`);
}

export interface StoredFinding extends Attributes {
  id: string;
  kind: string;
  events: number;
  state: FindingState;
}

const iso = (column: string) =>
  sql.raw(`to_char(f.${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "${column}"`);

/** The findings with these ids as they are, locked for a change. */
export async function lockFindings(
  tx: WriteTx,
  tenantId: string,
  ids: readonly string[],
): Promise<Map<string, StoredFinding>> {
  if (ids.length === 0) return new Map();
  const rows = await tx.execute<Record<string, never>>(sql`
    select f.id, f.kind, f.events, f.rule_id, f.aliases, f.title, f.package, f.path, f.details, f.severity, f.detection, f.episode, ${iso('opened_at')}, ${iso('due_at')},
      ${iso('fixed_at')}, f.fixed_by_scan_id, f.decision, ${iso('decision_until')}, f.decision_reason,
      f.decision_justification, f.decision_source, f.decided_by, ${iso('decided_at')}
    from finding f
    where f.tenant_id = ${tenantId}::uuid and f.id in (select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::uuid)
    order by f.id for update of f`);
  return new Map(rows.map((row) => [row.id ?? '', storedOf(row)]));
}

function attributesIn(row: Record<string, never>): Attributes {
  return {
    ruleId: row.rule_id ?? '',
    aliases: row.aliases ?? [],
    title: row.title ?? '',
    package: row.package ?? null,
    path: row.path ?? null,
    details: row.details ?? {},
  };
}

function storedOf(row: Record<string, never>): StoredFinding {
  return {
    id: row.id ?? '',
    kind: row.kind ?? '',
    events: Number(row.events),
    ...attributesIn(row),
    state: {
      severity: row.severity ?? 'info',
      detection: row.detection ?? 'present',
      episode: Number(row.episode),
      openedAt: row.opened_at ?? '',
      dueAt: row.due_at ?? null,
      fixedAt: row.fixed_at ?? null,
      fixedByScanId: row.fixed_by_scan_id ?? null,
      decision: row.decision ?? 'none',
      decisionUntil: row.decision_until ?? null,
      decisionReason: row.decision_reason ?? null,
      decisionJustification: row.decision_justification ?? null,
      decisionSource: row.decision_source ?? null,
      decidedBy: row.decided_by ?? null,
      decidedAt: row.decided_at ?? null,
    },
  };
}

/** What another stream, which still sees the finding, says of it. */
export interface OtherView {
  id: string;
  branch: string;
  /** Null in rows of earlier versions. */
  rating: number | null;
}

/** What other streams that still see these findings say of them, in any order. */
export async function otherViews(
  tx: ReadTx,
  tenantId: string,
  streamId: string,
  ids: readonly string[],
): Promise<OtherView[]> {
  if (ids.length === 0) return [];
  const rows = await tx.execute<{ id: string; branch: string; rating: number | null }>(sql`
    select s.finding_id as id, t.branch, s.rating
    from sighting s join scan_stream t on t.tenant_id = s.tenant_id and t.id = s.stream_id
    where s.tenant_id = ${tenantId}::uuid and s.gone_at is null and s.stream_id <> ${streamId}::uuid
      and s.finding_id = any(array(select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::uuid))`);
  return [...rows];
}

/** The branch whose view of an asset counts: `main`, else `master`, else the one that was scanned first. */
export async function defaultBranchOf(tx: ReadTx, tenantId: string, assetId: string): Promise<string> {
  const [row] = await tx.execute<{ branch: string }>(sql`
    select branch from scan_stream where tenant_id = ${tenantId}::uuid and asset_id = ${assetId}::uuid
    order by branch <> 'main', branch <> 'master', created_at, id limit 1`);
  return row?.branch ?? 'main';
}

/** A finding as one stream knows it. */
export interface Known {
  id: string;
  kind: FindingKind;
  key: string;
  member: number;
  digest: string;
  line: number | null;
  isLive: boolean;
  /** Missed before, or lacking in a held run. */
  isFlagged: boolean;
}

/**
 * Reads a whole stream joined with its findings. Before the tables are analysed the planner expects a few rows and joins
 * them one by one, which takes minutes for many.
 */
export async function withHashJoins<T>(tx: ReadTx, read: () => Promise<T>): Promise<T> {
  await tx.execute(
    sql`select set_config('enable_nestloop', 'off', true), set_config('cursor_tuple_fraction', '1', true)`,
  );
  const result = await read();
  await tx.execute(sql`select set_config('enable_nestloop', 'on', true)`);
  return result;
}

interface KnownRow extends Record<string, unknown> {
  id: string;
  kind: FindingKind;
  key: string;
  member: number;
  digest: string;
  line: number | null;
  live: boolean;
  flagged: boolean;
}

const KNOWN_PAGE = sql.raw('5000');
const KINDS = new Map(FINDING_KINDS.map((kind) => [kind, kind]));

/** Everything a stream ever saw, fetched in pages: a hundred thousand rows take about 30 MB, their answer several times that. */
export async function knownOfStream(tx: ReadTx, tenantId: string, streamId: string): Promise<Known[]> {
  await withHashJoins(tx, () =>
    tx.execute(sql`
    declare known no scroll cursor for
    select f.id, f.kind, f.key, f.member, s.digest, s.line, s.gone_at is null as live,
      s.missed_runs > 0 or s.held_scan_id is not null as flagged
    from sighting s join finding f on f.tenant_id = s.tenant_id and f.id = s.finding_id
    where s.tenant_id = ${tenantId}::uuid and s.stream_id = ${streamId}::uuid`),
  );
  const known: Known[] = [];
  for (;;) {
    const rows = await tx.execute<KnownRow>(sql`fetch ${KNOWN_PAGE} from known`);
    // One text for each kind, not for each row.
    for (const { live, flagged, kind, ...row } of rows)
      known.push({ ...row, kind: KINDS.get(kind) ?? kind, isLive: live, isFlagged: flagged });
    if (rows.length === 0) break;
  }
  await tx.execute(sql`close known`);
  return known;
}

/** A finding of the asset, whichever stream brought it in. */
export type Elsewhere = Pick<Known, 'id' | 'key' | 'member' | 'line'>;

export async function hasFindings(tx: ReadTx, tenantId: string, assetId: string): Promise<boolean> {
  const [row] = await tx.execute<{ found: boolean }>(sql`
    select exists(select from finding f
      where f.tenant_id = ${tenantId}::uuid and f.asset_id = ${assetId}::uuid) as found`);
  return row?.found === true;
}

/** Findings of an asset with these keys that other streams brought in. */
export async function knownElsewhere(
  tx: ReadTx,
  tenantId: string,
  assetId: string,
  keys: readonly string[],
): Promise<Elsewhere[]> {
  if (keys.length === 0) return [];
  const rows = await tx.execute<{ id: string; key: string; member: number; line: number | null }>(sql`
    select f.id, f.key, f.member,
      (select s.line from sighting s where s.tenant_id = f.tenant_id and s.finding_id = f.id limit 1) as line
    from finding f
    where f.tenant_id = ${tenantId}::uuid and f.asset_id = ${assetId}::uuid
      and f.key = any(array(select jsonb_array_elements_text(${JSON.stringify(keys)}::jsonb)))`);
  return [...rows];
}
