import { sql } from 'drizzle-orm';
import { rawTenant } from '@/db/raw-scope';
import { type ReadTx, readTenant } from '@/db/scope';
import { listAuditEvents } from '@/lib/platform/audit/queries';
import { isoOfMicroseconds, SealableRows } from '@/lib/platform/audit/sealable-rows';
import type { Actor } from '@/lib/platform/auth/contract';
import { AppError } from '@/lib/platform/core/errors';
import { eventOfRow } from '../bulk/row-event';
import { type FieldOpenings, SALT_BYTES, type SealedEvent } from '../leaf/sealed-event';
import type { Restoration } from '../publish/restore';
import { readShownHead } from '../queries';
import { findLeaf } from '../read/find-leaf';
import { INSTALLATION_ID } from '../rules';
import { toBase64 } from '../tlog/bytes';
import { HASH_BYTES, type LeafRange, nodesOf } from '../tlog/merkle';
import { type LogAddress, readInclusionProof, readSubtrees } from '../tree/read-tree';
import { matchRows } from '../verify/match';
import { readLeaves, readTimes } from '../verify/slice-rows';
import type { BundleInput, BundleLine, BundleLog } from './bundle-format';

const SLICE = 2048;
/** Each is proven by itself. */
const FILTERED_MAX = 2_000;
const PAGE = 200;

interface KnownLog extends Record<string, unknown> {
  incarnation: number;
  restored: Restoration | null;
}

interface SignedLog {
  address: LogAddress;
  size: number;
  line: Omit<BundleLog, 'begin' | 'end' | 'left' | 'right'>;
}

/** Where the checkpoint stands in the log of the installation. */
async function readEntry(
  tx: ReadTx,
  { tenantId, incarnation }: LogAddress,
  size: number,
): Promise<BundleLog['entry']> {
  const [entry] = await tx.execute<{ incarnation: number; index: number; size: number; note: string }>(sql`
    select c.entry_incarnation as incarnation, c.entry_index::float8 as index, i.size::float8 as size, i.note
    from public.audit_checkpoint c join public.audit_checkpoint i on i.tenant_id = ${INSTALLATION_ID}::uuid
      and i.incarnation = c.entry_incarnation and i.size > c.entry_index and i.note is not null
    where c.tenant_id = ${tenantId}::uuid and c.incarnation = ${incarnation}::smallint and c.size = ${size}::bigint
    order by i.witnessed_at is null, i.size desc limit 1`);
  if (!entry) return null;
  const address = { tenantId: INSTALLATION_ID, incarnation: entry.incarnation };
  const proof = await readInclusionProof(tx, address, entry.index, entry.size);
  return { checkpoint: entry.note, index: entry.index, proof: proof.map(toBase64) };
}

async function readSignedLogs(tx: ReadTx, tenantId: string): Promise<SignedLog[]> {
  const logs = await tx.execute<KnownLog>(sql`
    select incarnation, restored from public.audit_log where tenant_id = ${tenantId}::uuid order by incarnation`);
  const signed: SignedLog[] = [];
  for (const { incarnation, restored } of logs) {
    const head = await readShownHead(tx, tenantId, incarnation);
    if (!head) continue;
    const address = { tenantId, incarnation };
    const { origin, size, note: checkpoint } = head;
    const entry = await readEntry(tx, address, size);
    signed.push({
      ...{ address, size },
      line: { type: 'log', origin, size, checkpoint, entry, lost: restored?.lost ?? [] },
    });
  }
  if (signed.length === 0) {
    throw new AppError(
      'conflict',
      'No checkpoint is signed yet. Try again in a minute, or check the integrity of the log.',
    );
  }
  return signed;
}

/** The leaves of the batches that hold events of the time, without a gap between them. */
async function readRange(
  tx: ReadTx,
  { address, size }: SignedLog,
  { from, to }: BundleInput,
): Promise<LeafRange> {
  const [range] = await tx.execute<{ begin: number | null; end: number | null }>(sql`
    select min(first_index)::float8 as begin, max(first_index + leaves)::float8 as end from public.audit_batch
    where tenant_id = ${address.tenantId}::uuid and incarnation = ${address.incarnation}::smallint
      and first_index < ${size}::bigint and last_at >= ${from ?? '-infinity'}::timestamptz
      and first_at < ${to ?? 'infinity'}::timestamptz`);
  return range?.begin == null || range.end == null
    ? { begin: 0, end: 0 }
    : { begin: range.begin, end: Math.min(range.end, size) };
}

const isValue = ([, value]: [string, unknown]) => value !== null;
const presentFields = (event: SealedEvent) =>
  Object.fromEntries(Object.entries(event).filter(isValue)) as never;

/** The leaves `[begin, end)` with their events; the events as they are, whatever the leaves say. */
function readSlice({ tenantId, incarnation }: LogAddress, { begin, end }: LeafRange): Promise<BundleLine[]> {
  return rawTenant({ role: 'app_ro', tenantId, isolation: 'repeatable read' }, async (tx) => {
    const leaves = await readLeaves(tx, tenantId, { incarnation, begin, end, spans: [], listed: [] });
    const rows = new SealableRows();
    await readTimes(tx, tenantId, leaves.times, rows);
    const { rowOf } = matchRows(leaves, rows);
    const events = Array.from(rowOf, (row) => (row < 0 ? null : eventOfRow(tenantId, rows, row)));
    const ids = events.flatMap((event) => (event ? [event.id] : []));
    const erased = await tx<{ id: string; opening: FieldOpenings }[]>`
      select event_id as id, opening from public.audit_erasure where tenant_id = ${tenantId}::uuid
        and event_id = any(${ids}::uuid[])`;
    const openings = new Map(erased.map(({ id, opening }) => [id, opening]));
    return events.map((event, i): BundleLine => {
      const hash = toBase64(leaves.hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES));
      const index = begin + i;
      if (!event) return { type: 'gap', index, hash, at: isoOfMicroseconds(leaves.times[i] ?? 0) };
      const fields = openings.get(event.id);
      const salt = toBase64(leaves.salts.subarray(i * SALT_BYTES, (i + 1) * SALT_BYTES));
      return { type: 'event', index, hash, ...(fields ? { fields } : { salt }), event: presentFields(event) };
    });
  });
}

export interface BundleSource {
  readonly logs: readonly SignedLog[];
  lines(): AsyncGenerator<BundleLine>;
}

async function* completeLines(
  actor: Actor,
  logs: readonly SignedLog[],
  input: BundleInput,
): AsyncGenerator<BundleLine> {
  for (const log of logs) {
    const { range, left, right } = await readTenant(actor, async (tx) => {
      const found = await readRange(tx, log, input);
      const { begin, end } = found;
      return {
        range: found,
        left: await readSubtrees(tx, log.address, log.size, nodesOf({ begin: 0, end: begin })),
        right: await readSubtrees(tx, log.address, log.size, nodesOf({ begin: end, end: log.size })),
      };
    });
    yield { ...log.line, ...range, left: left.map(toBase64), right: right.map(toBase64) };
    for (let begin = range.begin; begin < range.end; begin += SLICE) {
      yield* await readSlice(log.address, { begin, end: Math.min(begin + SLICE, range.end) });
    }
  }
}

/** Events that match, oldest first in each tree. @throws AppError `unprocessable` where there are too many */
async function matching(actor: Actor, { from, to, filter }: BundleInput) {
  const found: { at: string; id: string }[] = [];
  let cursor: string | null = null;
  do {
    const input = {
      ...filter,
      access: 'show',
      limit: PAGE,
      from: from ?? 'now-13M',
      ...(to ? { to } : {}),
    } as const;
    const page: Awaited<ReturnType<typeof listAuditEvents>> = await listAuditEvents(actor, {
      ...input,
      ...(cursor === null ? {} : { cursor }),
    });
    found.push(...page.items);
    cursor = page.nextCursor;
    if (found.length > FILTERED_MAX) {
      throw new AppError(
        'unprocessable',
        `More than ${FILTERED_MAX.toLocaleString('en-US')} events match. Narrow the filter, or export without one.`,
      );
    }
  } while (cursor !== null);
  return found.reverse();
}

async function* filteredLines(
  actor: Actor,
  logs: readonly SignedLog[],
  events: readonly { at: string; id: string }[],
): AsyncGenerator<BundleLine> {
  const leaves = [];
  for (const event of events) {
    const leaf = await findLeaf(actor.tenantId, event);
    if (leaf) leaves.push(leaf);
  }
  for (const { address, size, line } of logs) {
    yield { ...line, begin: 0, end: 0, left: [], right: [] };
    const own = leaves.filter(
      ({ incarnation, index }) => incarnation === address.incarnation && index < size,
    );
    for (const { index, hash, salt, event, fields } of own.toSorted((a, b) => a.index - b.index)) {
      const proof = await readTenant(actor, (tx) => readInclusionProof(tx, address, index, size));
      yield {
        ...{
          type: 'event',
          index,
          hash: toBase64(hash),
          ...(fields ? { fields } : { salt: toBase64(salt) }),
        },
        ...{ proof: proof.map(toBase64), event: presentFields(event) },
      };
    }
  }
}

/** What a bundle of these events holds. Everything that can be refused is refused here, before the first line. */
export async function openBundle(actor: Actor, input: BundleInput): Promise<BundleSource> {
  const logs = await readTenant(actor, (tx) => readSignedLogs(tx, actor.tenantId));
  if (!input.filter) return { logs, lines: () => completeLines(actor, logs, input) };
  const events = await matching(actor, input);
  return { logs, lines: () => filteredLines(actor, logs, events) };
}
