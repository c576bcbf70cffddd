import { type SQL, sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import { SEALABLE_EVENTS } from '@/lib/platform/audit/sealable-rows';
import type { VerificationReport } from '../contract';
import type { Restoration } from '../publish/restore';
import { INSTALLATION_ID, TIME_SLACK_MS } from '../rules';

/** More waiting events than these are not counted. */
export const PENDING_MAX = 10_000;

const ms = (column: string): SQL => sql.raw(`(extract(epoch from ${column}) * 1000)::float8`);

export interface LogRow extends Record<string, unknown> {
  incarnation: number;
  origin: string;
  size: number;
  firstPass: number | null;
  snapshot: string | null;
  snapshotMs: number | null;
  openedMs: number;
  sealedMs: number | null;
  restored: Restoration | null;
}

export interface HeadRow extends Record<string, unknown> {
  origin: string;
  size: number;
  root: Buffer;
  publishedMs: number;
  signedMs: number | null;
  witnessedMs: number | null;
}

export interface WitnessRow extends Record<string, unknown> {
  name: string;
  url: string | null;
  size: number;
  cosignedMs: number | null;
  problem: string | null;
  problemKind: 'unreachable' | 'refused' | 'larger' | null;
  problemMs: number | null;
}

/** What the worker said when it published last. */
export interface Outside {
  hasCheckpointFile: boolean;
  /** The text of the witness policy; null without one. */
  policy: string | null;
}

export interface VerificationRow extends Record<string, unknown> {
  id: string;
  state: 'running' | 'verified' | 'faults' | 'failed';
  startedMs: number;
  finishedMs: number | null;
  startedBy: string;
  leaves: number;
  report: VerificationReport | null;
}

export interface LogStatus {
  /** Oldest incarnation first; empty where nothing is sealed yet. */
  logs: LogRow[];
  head: HeadRow | null;
  installation: HeadRow | null;
  /** The newest checkpoint of the installation that enough witnesses cosigned. */
  witnessed: HeadRow | null;
  witnesses: WitnessRow[];
  outside: Outside | null;
  pending: { count: number; oldestMs: number | null };
  /** The newest verification that came to its end, and the one that is under way. */
  verification: VerificationRow | null;
  running: VerificationRow | null;
  erased: number;
  retired: {
    fromMs: number;
    toMs: number;
    leaves: number;
    requestedBy: string;
    approvedBy: string;
    retiredMs: number;
  }[];
  nowMs: number;
}

async function readLogRows(tx: ReadTx, tenantId: string): Promise<LogRow[]> {
  const rows = await tx.execute<LogRow>(sql`
    select incarnation, origin, size::float8 as size, first_pass::float8 as "firstPass", snapshot::text as snapshot,
      ${ms('snapshot_at')} as "snapshotMs", ${ms('opened_at')} as "openedMs", ${ms('sealed_at')} as "sealedMs", restored
    from public.audit_log where tenant_id = ${tenantId}::uuid order by incarnation`);
  return [...rows];
}

async function readHead(tx: ReadTx, tenantId: string, isWitnessed = false): Promise<HeadRow | null> {
  const [head] = await tx.execute<HeadRow>(sql`
    select l.origin, c.size::float8 as size, c.root, ${ms('c.published_at')} as "publishedMs", ${ms('c.signed_at')} as "signedMs",
      ${ms('c.witnessed_at')} as "witnessedMs"
    from public.audit_checkpoint c join public.audit_log l on l.tenant_id = c.tenant_id and l.incarnation = c.incarnation
    where c.tenant_id = ${tenantId}::uuid and (not ${isWitnessed}::boolean or c.witnessed_at is not null)
    order by c.incarnation desc, c.size desc limit 1`);
  return head ?? null;
}

/** What the sequencer has not seen yet: what its last snapshot does not show. */
async function readPending(
  tx: ReadTx,
  tenantId: string,
  log: LogRow | undefined,
): Promise<LogStatus['pending']> {
  const isKnown = log?.snapshot != null && log.snapshotMs !== null;
  const from = new Date(isKnown ? (log.snapshotMs ?? 0) - TIME_SLACK_MS : 0).toISOString();
  const [row] = await tx.execute<{ count: number; oldestMs: number | null }>(sql`
    select count(*)::integer as count, ${ms('min(at)')} as "oldestMs" from (
      select at from ${sql.raw(SEALABLE_EVENTS)} where tenant_id = ${tenantId}::uuid and at >= ${from}::timestamptz
        and ${isKnown ? sql`not pg_visible_in_snapshot(xact, ${log?.snapshot}::text::pg_snapshot)` : sql`true`}
      order by at, id limit ${PENDING_MAX + 1}::integer) as waiting`);
  return { count: row?.count ?? 0, oldestMs: row?.oldestMs ?? null };
}

async function readVerification(tx: ReadTx, tenantId: string, where: SQL): Promise<VerificationRow | null> {
  const [row] = await tx.execute<VerificationRow>(sql`
    select id, state, ${ms('started_at')} as "startedMs", ${ms('finished_at')} as "finishedMs", started_by as "startedBy",
      leaves::float8 as leaves, report
    from public.audit_verification where tenant_id = ${tenantId}::uuid and ${where} order by started_at desc limit 1`);
  return row ?? null;
}

/** The newest verification that looked at everything, whatever it found. */
export const readLastVerification = (tx: ReadTx, tenantId: string): Promise<VerificationRow | null> =>
  readVerification(tx, tenantId, sql`state in ('verified', 'faults')`);

async function readOutside(tx: ReadTx): Promise<Outside | null> {
  const [row] = await tx.execute<{ outside: Outside | null }>(sql`
    select outside from public.audit_log where tenant_id = ${INSTALLATION_ID}::uuid order by incarnation desc limit 1`);
  return row?.outside ?? null;
}

async function readWitnesses(tx: ReadTx): Promise<WitnessRow[]> {
  const rows = await tx.execute<WitnessRow>(sql`
    select name, url, size::float8 as size, ${ms('cosigned_at')} as "cosignedMs", problem, problem_kind as "problemKind",
      ${ms('problem_at')} as "problemMs"
    from public.audit_witness where tenant_id = ${INSTALLATION_ID}::uuid order by name`);
  return [...rows];
}

/** How the tenant's log stands: read in the tenant's scope, which also sees the log of the installation. */
export async function readLogStatus(tx: ReadTx, tenantId: string): Promise<LogStatus> {
  const logs = await readLogRows(tx, tenantId);
  const [counts] = await tx.execute<{ erased: number; nowMs: number }>(sql`
    select (select count(*) from public.audit_erasure where tenant_id = ${tenantId}::uuid)::integer as erased,
      ${ms('clock_timestamp()')} as "nowMs"`);
  const retired = await tx.execute<LogStatus['retired'][number] & Record<string, unknown>>(sql`
    select ${ms('from_at')} as "fromMs", ${ms('to_at')} as "toMs", leaves::float8 as leaves, requested_by as "requestedBy",
      approved_by as "approvedBy", ${ms('retired_at')} as "retiredMs"
    from public.audit_retirement where tenant_id = ${tenantId}::uuid order by from_at desc limit 200`);
  return {
    logs,
    head: await readHead(tx, tenantId),
    installation: await readHead(tx, INSTALLATION_ID),
    witnessed: await readHead(tx, INSTALLATION_ID, true),
    witnesses: await readWitnesses(tx),
    outside: await readOutside(tx),
    pending: await readPending(tx, tenantId, logs.at(-1)),
    verification: await readLastVerification(tx, tenantId),
    running: await readVerification(
      tx,
      tenantId,
      sql`state = 'running' and started_at > now() - interval '6 hours'`,
    ),
    erased: counts?.erased ?? 0,
    retired: [...retired],
    nowMs: counts?.nowMs ?? Date.now(),
  };
}
