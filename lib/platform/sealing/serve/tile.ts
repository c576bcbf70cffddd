import { sql } from 'drizzle-orm';
import { rawTenant } from '@/db/raw-scope';
import { type ReadTx, readTenant } from '@/db/scope';
import { SealableRows } from '@/lib/platform/audit/sealable-rows';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { eventOfRow } from '../bulk/row-event';
import { type LogInput, logInput } from '../contract';
import { encodeLeaf } from '../leaf/encode-leaf';
import { type FieldOpenings, SALT_BYTES } from '../leaf/sealed-event';
import { INSTALLATION_ID } from '../rules';
import { equalBytes } from '../tlog/bytes';
import { HASH_BYTES, leafHash } from '../tlog/merkle';
import { encodeEntries, parseTilePath, TILE_WIDTH, type Tile } from '../tlog/tiles';
import { readTile } from '../tree/read-tree';
import { matchRows } from '../verify/match';
import { readLeaves, readTimes } from '../verify/slice-rows';

const missing = () =>
  new AppError('not_found', 'The log has no such tile. Ask for one within the size of a signed checkpoint.');

interface Served {
  incarnation: number;
  size: number;
}

/** The newest incarnation as far as it is published. */
async function readServed(tx: ReadTx, tenantId: string): Promise<Served> {
  const [served] = await tx.execute<Served & Record<string, unknown>>(sql`
    select incarnation, size::float8 as size from public.audit_checkpoint where tenant_id = ${tenantId}::uuid
    order by incarnation desc, size desc limit 1`);
  if (!served) throw missing();
  return served;
}

/** The leaves themselves, made anew from the events. @returns null where one of them was changed, removed or retired */
function readEntries(
  tenantId: string,
  { incarnation }: Served,
  { index, width }: Tile,
): Promise<Uint8Array | null> {
  const begin = index * TILE_WIDTH;
  const slice = { incarnation, begin, end: begin + width, spans: [], listed: [] };
  return rawTenant({ role: 'app_ro', tenantId, isolation: 'repeatable read' }, async (tx) => {
    const leaves = await readLeaves(tx, tenantId, slice);
    const rows = new SealableRows();
    await readTimes(tx, tenantId, leaves.times, rows);
    const { rowOf } = matchRows(leaves, rows);
    const ids = Array.from(rowOf, (row) => (row < 0 ? null : eventOfRow(tenantId, rows, row)));
    const erased = await tx<{ id: string; opening: FieldOpenings }[]>`
      select event_id as id, opening from public.audit_erasure where tenant_id = ${tenantId}::uuid
        and event_id = any(${ids.flatMap((event) => (event ? [event.id] : []))}::uuid[])`;
    const openings = new Map(erased.map(({ id, opening }) => [id, opening]));
    const entries = ids.flatMap((event, i) => {
      if (!event) return [];
      const fields = openings.get(event.id);
      const salt = leaves.salts.subarray(i * SALT_BYTES, (i + 1) * SALT_BYTES);
      const hash = leaves.hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
      const entry = encodeLeaf(event, fields ? { fields } : { salt });
      return equalBytes(leafHash(entry), hash) ? [entry] : [];
    });
    return entries.length === width ? encodeEntries(entries) : null;
  });
}

/**
 * A tile or an entry bundle of the newest tree (c2sp.org/tlog-tiles). The log of the installation serves hashes alone: its
 * entries name other tenants.
 * @throws AppError `not_found`, `conflict` where leaves cannot be made anew
 */
export async function getTile(actor: Actor, path: string, given: LogInput): Promise<Response> {
  requirePermission(actor, 'audit:export');
  const { log } = logInput.parse(given);
  const tile = parseTilePath(path);
  const tenantId = log === 'tenant' ? actor.tenantId : INSTALLATION_ID;
  if (!tile || (log === 'installation' && tile.level === 'entries')) throw missing();
  const { level } = tile;
  const { served, bytes } = await readTenant(actor, async (tx) => {
    const found = await readServed(tx, tenantId);
    const shown = await readTile(
      tx,
      { tenantId, incarnation: found.incarnation },
      level === 'entries' ? 0 : level,
      tile.index,
      found.size,
    );
    return { served: found, bytes: shown };
  });
  if (!bytes || bytes.length < tile.width * HASH_BYTES) throw missing();
  const body =
    level === 'entries'
      ? await readEntries(tenantId, served, tile)
      : bytes.subarray(0, tile.width * HASH_BYTES);
  if (!body) {
    throw new AppError(
      'conflict',
      'Events of this bundle were changed, removed or retired. Run "bulwark audit verify".',
    );
  }
  return new Response(Uint8Array.from(body), {
    headers: { 'content-type': 'application/octet-stream', 'cache-control': 'no-store' },
  });
}
