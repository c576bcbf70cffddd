import { randomBytes } from 'node:crypto';
import { type RawTx, rawTenant } from '@/db/raw-scope';
import { COLUMN, isoOfMicroseconds, type SealableRows } from '@/lib/platform/audit/sealable-rows';
import { LeafHasher } from '../bulk/leaf-hasher';
import { SALT_BYTES } from '../leaf/sealed-event';
import { TIME_SLACK_MS } from '../rules';
import { HASH_BYTES } from '../tlog/merkle';
import { appendLeaves, type NewLeaves } from './append-leaves';
import { type LogState, lockLog, partsOf, rangeOf } from './log-state';
import { endedSince, parseSnapshot, type Snapshot, type TransactionTimes, wentBack } from './snapshots';
import { type RowWindow, readUnsealedRows, type UnsealedRows, withoutSealed } from './unsealed-rows';

/** Rows of one transaction: 100 ms of work, and 4 MB of random bytes to store. */
const CHUNK_ROWS = 16_384;

export interface SealOptions {
  times: TransactionTimes;
  chunkRows?: number;
  /** What this process has seen of the tree: a smaller one is that of a restored database. */
  known?: { incarnation: number; size: number };
}

/** The tree is smaller than it was: someone restored the database while the worker ran. */
export class ShrunkLogError extends Error {
  override readonly name = 'ShrunkLogError';
}

/** `isDone` false: the backlog is longer than the chunk. */
export interface SealResult {
  incarnation: number;
  size: number;
  leaves: number;
  isDone: boolean;
}

interface Moment {
  text: string;
  snapshot: Snapshot;
  nowMs: number;
}

async function currentMoment(tx: RawTx): Promise<Moment> {
  const [found] = await tx<{ text: string; nowMs: number }[]>`
    select pg_current_snapshot()::text as text, (extract(epoch from now()) * 1000)::float8 as "nowMs"`;
  if (!found) throw new Error('The database did not say what it shows.');
  return { ...found, snapshot: parseSnapshot(found.text) };
}

/** Before when no event can lie of a transaction that is under way now; null where nothing is known. */
function horizonOf({ snapshot, nowMs }: Moment, log: LogState, times: TransactionTimes): number | null {
  if (snapshot.open.length === 0) return nowMs - TIME_SLACK_MS;
  const begun = times.begunAfter(snapshot.open);
  return begun === null ? log.horizonMs : begun - TIME_SLACK_MS;
}

/** Where events may lie that the last pass did not see. */
function startOf(
  log: LogState,
  moment: Moment,
  times: TransactionTimes,
): Pick<RowWindow, 'fromMs' | 'prior'> {
  if (log.snapshot === null || log.snapshotMs === null) return { fromMs: log.horizonMs, prior: null };
  const prior = parseSnapshot(log.snapshot);
  if (wentBack(prior, moment.snapshot)) return { fromMs: log.horizonMs, prior: null };
  const ended = endedSince(prior, moment.snapshot);
  const newest = Math.min(log.snapshotMs, moment.nowMs) - TIME_SLACK_MS;
  if (ended.length === 0) return { fromMs: newest, prior: log.snapshot };
  const begun = times.begunAfter(ended);
  const oldest = begun === null ? log.horizonMs : begun - TIME_SLACK_MS;
  return { fromMs: oldest === null ? null : Math.min(newest, oldest), prior: log.snapshot };
}

/** Leaf hashes under fresh salts, in the order in which the rows came. */
function leavesOf(tenantId: string, rows: SealableRows): NewLeaves {
  const count = rows.length;
  const leaves: NewLeaves = {
    times: new Float64Array(count),
    tags: new Uint32Array(count),
    hashes: new Uint8Array(count * HASH_BYTES),
    salts: randomBytes(count * SALT_BYTES),
  };
  for (let row = 0; row < count; row++) {
    leaves.times[row] = rows.time(row);
    leaves.tags[row] = rows.tag(row);
  }
  hasherOf(tenantId).hash(rows, leaves.salts, leaves.hashes);
  return leaves;
}

/** One at a time: it owns four megabytes. */
let hasher: { tenantId: string; hasher: LeafHasher } | undefined;
function hasherOf(tenantId: string): LeafHasher {
  if (hasher?.tenantId !== tenantId) hasher = { tenantId, hasher: new LeafHasher(tenantId) };
  return hasher.hasher;
}

/** What the log's row says after a chunk; a pass that is done becomes the new place. */
async function storePlace(
  tx: RawTx,
  tenantId: string,
  log: LogState,
  range: ReturnType<typeof rangeOf>,
  place: Pick<LogState, 'snapshot' | 'snapshotMs' | 'horizonMs'> &
    Pick<LogState, 'sweep' | 'sweepMs' | 'sweepHorizonMs' | 'sweptAt' | 'sweptId'>,
): Promise<void> {
  const moment = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());
  await tx`
    update public.audit_log set size = ${range.size}::bigint, parts = ${partsOf(range)}::bytea,
      snapshot = ${place.snapshot}::text::pg_snapshot, snapshot_at = ${moment(place.snapshotMs)}::timestamptz,
      horizon_at = ${moment(place.horizonMs)}::timestamptz, sweep = ${place.sweep}::text::pg_snapshot,
      sweep_at = ${moment(place.sweepMs)}::timestamptz, sweep_horizon_at = ${moment(place.sweepHorizonMs)}::timestamptz,
      swept_at = ${place.sweptAt}::timestamptz, swept_id = ${place.sweptId}::uuid,
      first_pass = coalesce(first_pass, case when incarnation = 1 and ${place.snapshot}::text is not null then ${range.size}::bigint end),
      sealed_at = case when size < ${range.size}::bigint then clock_timestamp() else sealed_at end
    where tenant_id = ${tenantId}::uuid and incarnation = ${log.incarnation}::smallint`;
}

const NO_SWEEP = { sweep: null, sweepMs: null, sweepHorizonMs: null, sweptAt: null, sweptId: null };

function resultOf(log: LogState, size: number, isDone: boolean): SealResult {
  return { incarnation: log.incarnation, size, leaves: size - log.size, isDone };
}

/** The first leaf of an incarnation that a restore began is the event that says so, whatever else waits. */
async function sealFirstLeaf(
  tx: RawTx,
  tenantId: string,
  log: LogState,
  eventId: string,
): Promise<SealResult> {
  const window = {
    tenantId,
    fromMs: log.horizonMs,
    after: null,
    prior: null,
    sweep: null,
    limit: 1,
    eventId,
  };
  const { rows } = await readUnsealedRows(tx, window);
  if (rows.length === 0) throw new Error(`The event ${eventId}, which begins this log, is missing.`);
  const range = rangeOf(log);
  await appendLeaves(tx, { tenantId, incarnation: log.incarnation }, range, leavesOf(tenantId, rows));
  await storePlace(tx, tenantId, log, range, log);
  return resultOf(log, range.size, false);
}

type Place = Parameters<typeof storePlace>[4];

function windowOf(tenantId: string, log: LogState, moment: Moment, options: SealOptions): RowWindow {
  const isSweeping = log.sweep !== null;
  return {
    tenantId,
    ...(isSweeping ? { fromMs: null, prior: log.snapshot } : startOf(log, moment, options.times)),
    after: log.sweptAt !== null && log.sweptId !== null ? { at: log.sweptAt, id: log.sweptId } : null,
    sweep: log.sweep,
    limit: options.chunkRows ?? CHUNK_ROWS,
  };
}

/** A pass that has come to its end is the log's new place; until then its own is kept beside the old one. */
function placeAfter(
  log: LogState,
  window: RowWindow,
  { rows, isFull }: UnsealedRows,
  moment: Moment,
  times: TransactionTimes,
): Place {
  const pass =
    log.sweep === null
      ? { snapshot: moment.text, snapshotMs: moment.nowMs, horizonMs: horizonOf(moment, log, times) }
      : { snapshot: log.sweep, snapshotMs: log.sweepMs, horizonMs: log.sweepHorizonMs };
  if (!isFull) return { ...pass, ...NO_SWEEP };
  const last = rows.length - 1;
  return {
    snapshot: window.prior,
    snapshotMs: log.snapshotMs,
    horizonMs: log.horizonMs,
    sweep: pass.snapshot,
    sweepMs: pass.snapshotMs,
    sweepHorizonMs: pass.horizonMs,
    sweptAt: isoOfMicroseconds(rows.time(last)),
    sweptId: rows.uuid(last, COLUMN.id),
  };
}

function refuseShrunk(log: LogState, known: SealOptions['known']): void {
  if (!known || log.incarnation > known.incarnation) return;
  if (log.incarnation < known.incarnation || log.size < known.size) {
    throw new ShrunkLogError(`The log had ${known.size} leaves and has ${log.size}.`);
  }
}

async function sealChunk(tx: RawTx, tenantId: string, options: SealOptions): Promise<SealResult | null> {
  const log = await lockLog(tx, tenantId);
  if (!log) return null;
  refuseShrunk(log, options.known);
  const moment = await currentMoment(tx);
  options.times.saw(moment.snapshot, moment.nowMs);
  if (log.restoredEventId !== null && log.size === 0) {
    return sealFirstLeaf(tx, tenantId, log, log.restoredEventId);
  }
  const window = windowOf(tenantId, log, moment, options);
  const found = await readUnsealedRows(tx, window);
  const mayBeSealed = found.hasForeign || (window.prior === null && (log.size > 0 || log.incarnation > 1));
  const rows = mayBeSealed ? found.rows.only(await withoutSealed(tx, tenantId, found.rows)) : found.rows;
  const isNews = rows.length > 0 || found.isFull || log.sweep !== null || window.prior === null;
  if (!isNews) return resultOf(log, log.size, true);
  const range = rangeOf(log);
  if (rows.length > 0) {
    await appendLeaves(tx, { tenantId, incarnation: log.incarnation }, range, leavesOf(tenantId, rows));
  }
  await storePlace(tx, tenantId, log, range, placeAfter(log, window, found, moment, options.times));
  return resultOf(log, range.size, !found.isFull);
}

/**
 * Seals the tenant's events that were committed since the last pass, in chunks of one transaction each: what is killed in
 * between is done again. Two sequencers take turns by the row of the log.
 * @returns null where another one is at it
 */
export function sealTenant(tenantId: string, options: SealOptions): Promise<SealResult | null> {
  return rawTenant({ role: 'app_rw', tenantId, isolation: 'repeatable read', statementTimeoutMs: 0 }, (tx) =>
    sealChunk(tx, tenantId, options),
  );
}
