import { enterTenantRaw, type RawTx, rawTenant } from '@/db/raw-scope';
import { microsecondsOf } from '@/lib/platform/audit/sealable-rows';
import { INSTALLATION_ID } from '../rules';
import { appendLeaves } from '../seal/append-leaves';
import { type LogState, lockLog, partsOf, rangeOf } from '../seal/log-state';
import { utf8 } from '../tlog/bytes';
import { formatCheckpoint } from '../tlog/checkpoint';
import { HASH_BYTES, leafHash } from '../tlog/merkle';

/** The head of one tree. */
export interface Head {
  tenantId: string;
  incarnation: number;
  origin: string;
  size: number;
  root: Uint8Array;
}

/** The tenant's tree as it is, where it has grown since its newest checkpoint. The transaction is in the tenant's scope. */
async function readGrown(tx: RawTx, tenantId: string): Promise<Head | null> {
  const [found] = await tx<Pick<LogState, 'incarnation' | 'origin' | 'size' | 'parts'>[]>`
    select l.incarnation, l.origin, l.size::float8 as size, l.parts from public.audit_log l
    where l.tenant_id = ${tenantId}::uuid and l.size > 0 and not exists (
      select from public.audit_checkpoint c where c.tenant_id = l.tenant_id and c.incarnation = l.incarnation and c.size >= l.size)
    order by l.incarnation desc limit 1`;
  if (!found) return null;
  const { incarnation, origin, size } = found;
  return { tenantId, incarnation, origin, size, root: rangeOf(found).root() };
}

async function insertHead(
  tx: RawTx,
  { tenantId, incarnation, size, root }: Head,
  entry: { incarnation: number; index: number } | null,
): Promise<void> {
  await tx`
    insert into public.audit_checkpoint (tenant_id, incarnation, size, root, entry_incarnation, entry_index)
    values (${tenantId}::uuid, ${incarnation}::smallint, ${size}::bigint, ${root}::bytea,
      ${entry?.incarnation ?? null}::smallint, ${entry?.index ?? null}::bigint)`;
}

/** What stands in the log of the installation for a tenant's tree: its checkpoint, without signatures. */
export const entryOf = (head: Pick<Head, 'origin' | 'size' | 'root'>): Uint8Array =>
  utf8(formatCheckpoint(head));

/** The first entry after a restore says so; tenants' heads follow it. */
const firstEntries = ({ size, restoredEntry }: LogState): Uint8Array[] =>
  size === 0 && restoredEntry !== null ? [utf8(restoredEntry)] : [];

async function appendHeads(tx: RawTx, log: LogState, heads: readonly Head[]): Promise<Head> {
  const range = rangeOf(log);
  const [clock] = await tx<{ now: string }[]>`
    select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as now`;
  const entries = [...firstEntries(log), ...heads.map(entryOf)];
  const hashes = new Uint8Array(entries.length * HASH_BYTES);
  for (const [n, entry] of entries.entries()) hashes.set(leafHash(entry), n * HASH_BYTES);
  await appendLeaves(tx, { tenantId: INSTALLATION_ID, incarnation: log.incarnation }, range, {
    times: new Float64Array(entries.length).fill(microsecondsOf(clock?.now ?? '')),
    tags: new Uint32Array(entries.length),
    hashes,
    salts: new Uint8Array(0),
  });
  await tx`
    update public.audit_log set size = ${range.size}::bigint, parts = ${partsOf(range)}::bytea, sealed_at = clock_timestamp()
    where tenant_id = ${INSTALLATION_ID}::uuid and incarnation = ${log.incarnation}::smallint`;
  const { incarnation, origin } = log;
  const head = { tenantId: INSTALLATION_ID, incarnation, origin, size: range.size, root: range.root() };
  await insertHead(tx, head, null);
  return head;
}

/**
 * Enters the heads of the trees that have grown into the log of the installation, in one transaction.
 * @returns the heads that were new; null where another publisher holds the log
 */
// guard: the worker's own bookkeeping about events that are recorded already
export function recordHeads(tenantIds: readonly string[]): Promise<Head[] | null> {
  return rawTenant({ role: 'app_rw', tenantId: INSTALLATION_ID, statementTimeoutMs: 0 }, async (tx) => {
    const log = await lockLog(tx, INSTALLATION_ID);
    if (!log) return null;
    const heads: Head[] = [];
    const first = log.size + firstEntries(log).length;
    for (const tenantId of tenantIds) {
      await enterTenantRaw(tx, tenantId);
      const head = await readGrown(tx, tenantId);
      if (!head) continue;
      await insertHead(tx, head, { incarnation: log.incarnation, index: first + heads.length });
      heads.push(head);
    }
    await enterTenantRaw(tx, INSTALLATION_ID);
    if (heads.length > 0) heads.push(await appendHeads(tx, log, heads));
    return heads;
  });
}
