import { createHash } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { inTenant, readDeciding, type WriteTx } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import { newId } from '@/lib/platform/core/ids';
import { jobActor } from '@/lib/platform/jobs/contract';
import { installationActor } from '../installation-actor';
import { familyOf, INSTALLATION_ID } from '../rules';
import { rangeOf } from '../seal/log-state';
import { equalBytes, toBase64 } from '../tlog/bytes';
import { readRoot } from '../tree/read-tree';
import type { NamedHead } from './checkpoint-file';
import type { OutsideHead } from './outside';

/** `/2` of an origin, 1 where there is none. */
export function incarnationOf(origin: string): number {
  const family = familyOf(origin);
  return origin === family ? 1 : Number(origin.slice(family.length + 1));
}

interface KnownLog extends Record<string, unknown> {
  incarnation: number;
  origin: string;
  size: number;
  parts: Buffer;
}

const newestLog = (tenantId: string) => sql`
  select incarnation, origin, size::float8 as size, parts from public.audit_log
  where tenant_id = ${tenantId}::uuid order by incarnation desc limit 1`;

/**
 * How the database stands to what is known outside. `behind`: the outside has seen more, so the database was restored from a
 * backup. `forked`: it has seen another tree of that size, so history was rewritten, or went on after a restore unseen.
 */
export type Standing =
  | { kind: 'current' }
  | { kind: 'behind'; head: OutsideHead }
  | { kind: 'forked'; head: OutsideHead };

export async function compareWithOutside(heads: readonly OutsideHead[]): Promise<Standing> {
  const actor = installationActor();
  return readDeciding(actor, async (tx) => {
    const [known] = await tx.execute<KnownLog>(newestLog(INSTALLATION_ID));
    let standing: Standing = { kind: 'current' };
    for (const head of heads) {
      const incarnation = incarnationOf(head.origin);
      if (!known || incarnation < known.incarnation) continue;
      if (incarnation > known.incarnation || head.size > known.size) return { kind: 'behind', head };
      const address = { tenantId: INSTALLATION_ID, incarnation };
      const root = head.size === 0 ? head.root : await readRoot(tx, address, head.size);
      if (!equalBytes(root, head.root)) standing = { kind: 'forked', head };
    }
    return standing;
  });
}

/** Leaves `[from, to)` of a tree that the database no longer has. */
export interface LostRange {
  origin: string;
  from: number;
  to: number;
}

/** What the first leaf of an incarnation says: it is stored with the log, and in the event `log.restored`. */
export interface Restoration {
  /** The newest checkpoint known outside, verbatim. */
  checkpoint: string;
  /** Who kept it. */
  source: string;
  found: { origin: string; size: number; root: string };
  /** Null where nobody kept the heads of this tree: something may be lost. */
  lost: LostRange[] | null;
  eventId: string;
}

/** What was known outside of one tree, and is not in the database; null where nothing tells. */
function lostOf(known: KnownLog, heads: ReadonlyMap<string, NamedHead>): LostRange[] | null {
  if (heads.size === 0) return null;
  const family = familyOf(known.origin);
  return [...heads.values()]
    .filter(({ origin }) => familyOf(origin) === family && incarnationOf(origin) >= known.incarnation)
    .map(({ origin, size }) => ({ origin, from: origin === known.origin ? known.size : 0, to: size }))
    .filter(({ from, to }) => to > from);
}

/** Logs of tenants that the backup did not know yet. */
function lostLogs(
  installation: KnownLog,
  tenantIds: readonly string[],
  heads: ReadonlyMap<string, NamedHead>,
): LostRange[] {
  const prefix = `${familyOf(installation.origin)}/`;
  return [...heads.values()]
    .filter(
      ({ origin }) =>
        origin.startsWith(prefix) && !tenantIds.some((id) => origin.slice(prefix.length).startsWith(id)),
    )
    .map(({ origin, size }) => ({ origin, from: 0, to: size }));
}

/** The first entry of the installation's log in such an incarnation: canonical JSON (RFC 8785). */
const entryOfRestoration = ({ checkpoint, found, lost }: Restoration) =>
  JSON.stringify({
    checkpoint,
    found: { origin: found.origin, root: found.root, size: found.size },
    lost: lost?.map(({ from, origin, to }) => ({ from, origin, to })) ?? null,
  });

const lossId = (head: OutsideHead) => createHash('sha256').update(head.note).digest('hex');

async function beginIncarnation(
  tx: WriteTx,
  tenantId: string,
  tenantIds: readonly string[],
  head: OutsideHead,
  heads: ReadonlyMap<string, NamedHead>,
): Promise<void> {
  const [known] = await tx.execute<KnownLog & { lossId: string | null }>(sql`
    select incarnation, origin, size::float8 as size, parts, restored ->> 'lossId' as "lossId" from public.audit_log
    where tenant_id = ${tenantId}::uuid order by incarnation desc limit 1 for update`);
  if (!known || known.lossId === lossId(head)) return;
  const isInstallation = tenantId === INSTALLATION_ID;
  const lost = isInstallation
    ? [
        { origin: head.origin, from: head.origin === known.origin ? known.size : 0, to: head.size },
        ...lostLogs(known, tenantIds, heads),
      ]
    : lostOf(known, heads);
  if (lost?.length === 0) return;
  const family = familyOf(known.origin);
  const taken = [
    known.origin,
    ...[...heads.keys(), head.origin].filter((origin) => familyOf(origin) === family),
  ];
  const incarnation = Math.max(...taken.map(incarnationOf)) + 1;
  const origin = `${family}/${incarnation}`;
  const restoration: Restoration = {
    checkpoint: head.note,
    source: head.from,
    found: { origin: known.origin, size: known.size, root: toBase64(rangeOf(known).root()) },
    lost,
    eventId: newId(),
  };
  await tx.execute(sql`
    insert into public.audit_log (tenant_id, incarnation, origin, horizon_at, restored)
    select tenant_id, ${incarnation}::smallint, ${origin}, horizon_at,
      ${JSON.stringify({ ...restoration, lossId: lossId(head), entry: entryOfRestoration(restoration) })}::text::jsonb
    from public.audit_log where tenant_id = ${tenantId}::uuid and incarnation = ${known.incarnation}::smallint`);
  if (isInstallation) return;
  const { eventId, ...details } = restoration;
  await recordAudit(tx, jobActor(tenantId, 'log restored'), {
    id: eventId,
    action: 'log.restored',
    target: { type: 'log', id: origin, label: origin },
    details: { ...details, origin },
  });
}

/**
 * Ends the incarnations that a restored database cannot go on with: what was signed under their origins is never signed anew.
 * Each tree that has lost leaves, or may have, begins again under the next origin. The installation's own comes last: a start
 * that is killed before finds the loss once more, and the trees that are done already by its id.
 */
// guard: no person asked for it; the event log.restored records it in every tenant that it concerns
export async function beginIncarnations(
  tenantIds: readonly string[],
  head: OutsideHead,
  heads: ReadonlyMap<string, NamedHead>,
): Promise<void> {
  for (const tenantId of [...tenantIds, INSTALLATION_ID]) {
    const actor = tenantId === INSTALLATION_ID ? installationActor() : jobActor(tenantId, 'log restored');
    await inTenant(actor, (tx) => beginIncarnation(tx, tenantId, tenantIds, head, heads));
  }
}
