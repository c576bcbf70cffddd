import { rm } from 'node:fs/promises';
import { and, eq, inArray, lt, ne, sql } from 'drizzle-orm';
import { asset, kevEntry, scan, scanStream } from '@/db/schema/findings';
import { inTenant, type WriteTx } from '@/db/scope';
import { type FindingKind, SEVERITIES, type Tool } from '@/lib/assurance/findings/contract';
import type { ReportFacts } from '@/lib/assurance/findings/parsers/parser';
import { ReportProblem } from '@/lib/assurance/findings/parsers/report-problem';
import { holdReasons, type KindCounts } from '@/lib/assurance/findings/rules';
import { type FindingSettings, findingSettings } from '@/lib/assurance/findings/settings';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { newId } from '@/lib/platform/core/ids';
import { secretDigester } from './identity';
import { matchStream } from './match-stream';
import { type Counts, type MergeContext, writeFound } from './merge-findings';
import { holdMissing, writeMissing } from './merge-missing';
import { defaultBranchOf, type Known, knownOfStream, withHashJoins } from './merge-rows';
import { type OpenReport, openReport } from './read-report';
import { removeReport, reportPath } from './report-file';
import { type Spool, spoolReport } from './spool-report';
import { type ToldScan, tellFailedScan, tellHeldScan, tellUrgentFindings } from './tell-scan';

type ScanRow = typeof scan.$inferSelect;
type StreamRow = typeof scanStream.$inferSelect;

const REASONS_MAX = 20;
const REASON_LENGTH_MAX = 500;
const TARGETS_MAX = 5_000;
const IMAGES_MAX = 50;

const bounded = (reasons: readonly string[]) =>
  reasons.slice(0, REASONS_MAX).map((one) => one.slice(0, REASON_LENGTH_MAX));

interface Begun {
  row: ScanRow;
  settings: FindingSettings;
}

async function begin(actor: Actor, scanId: string): Promise<Begun | null> {
  return inTenant(actor, async (tx) => {
    const own = and(
      eq(scan.tenantId, actor.tenantId),
      eq(scan.id, scanId),
      inArray(scan.status, ['queued', 'running']),
    );
    const [row] = await tx
      .update(scan)
      .set({ status: 'running', startedAt: sql`clock_timestamp()`, progress: 0 })
      .where(own)
      .returning();
    return row ? { row, settings: await findingSettings(tx, actor.tenantId) } : null;
  });
}

function showProgress(actor: Actor, scanId: string): (found: number) => Promise<void> {
  return (found) =>
    inTenant(actor, async (tx) => {
      await tx
        .update(scan)
        .set({ progress: found })
        .where(and(eq(scan.tenantId, actor.tenantId), eq(scan.id, scanId)));
    });
}

/** One import of an asset at a time, in the order of the uploads. @throws AppError `conflict` where an older one waits */
async function takeTurn(tx: WriteTx, row: ScanRow): Promise<void> {
  // The pool plans every statement anew, which here includes the check of each foreign key of each row; a plan made for
  // a table that was empty must not scan it once it is full.
  await tx.execute(sql`select set_config('statement_timeout', '300000', true),
    set_config('idle_in_transaction_session_timeout', '120000', true), set_config('lock_timeout', '300000', true),
    set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)`);
  await tx
    .select({ id: asset.id })
    .from(asset)
    .where(and(eq(asset.tenantId, row.tenantId), eq(asset.id, row.assetId)))
    .for('no key update');
  const [older] = await tx
    .select({ id: scan.id })
    .from(scan)
    .where(
      and(
        eq(scan.tenantId, row.tenantId),
        eq(scan.assetId, row.assetId),
        eq(scan.branch, row.branch),
        inArray(scan.status, ['queued', 'running']),
        lt(scan.createdAt, row.createdAt),
      ),
    )
    .limit(1);
  if (older) throw new AppError('conflict', 'An older scan of this asset is still to be imported.');
}

async function streamOf(tx: WriteTx, row: ScanRow, tool: Tool, facts: ReportFacts): Promise<StreamRow> {
  const identity = {
    tenantId: row.tenantId,
    assetId: row.assetId,
    tool,
    category: row.category || facts.category,
    branch: row.branch,
  };
  await tx
    .insert(scanStream)
    .values({ ...identity, id: newId() })
    .onConflictDoNothing();
  const [stream] = await tx
    .select()
    .from(scanStream)
    .where(
      and(
        eq(scanStream.tenantId, identity.tenantId),
        eq(scanStream.assetId, identity.assetId),
        eq(scanStream.tool, tool),
        eq(scanStream.category, identity.category),
        eq(scanStream.branch, identity.branch),
      ),
    );
  if (!stream) throw new Error('The stream of the scan could not be made.');
  return stream;
}

function kindsOf(known: readonly Known[]): KindCounts {
  const counts: Partial<Record<FindingKind, number>> = {};
  for (const { kind } of known) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

interface Outcome {
  counts: Counts;
  holds: string[];
  severityCounts: number[];
}

async function merge(
  tx: WriteTx,
  context: MergeContext,
  begun: Begun,
  stream: StreamRow,
  spool: Spool,
  facts: ReportFacts,
): Promise<Outcome> {
  const known = await knownOfStream(tx, stream.tenantId, stream.id);
  const match = matchStream(spool, known);
  const counts = await writeFound(tx, context, spool, known, match);
  if (!begun.row.isComplete) return { counts, holds: [], severityCounts: await severitiesOf(tx, stream) };
  const run = {
    toolVersion: facts.toolVersion,
    options: begun.row.options ?? facts.options,
    targets: [...facts.targets].slice(0, TARGETS_MAX),
    warnings: facts.warnings,
    found: match.found,
    kinds: spool.kinds,
  };
  const live = known.filter(({ isLive }) => isLive);
  const before = { ...stream, live: live.length, kinds: kindsOf(live) };
  const holds = bounded(holdReasons(before, run, match.missing.length));
  const missingIds = match.missing.map(({ id }) => id);
  if (holds.length > 0) {
    await holdMissing(tx, context, match.missing);
    counts.held = missingIds.length;
  } else {
    counts.fixed = await writeMissing(tx, context, missingIds, begun.settings.confirmAbsent);
  }
  return { counts, holds, severityCounts: await severitiesOf(tx, stream) };
}

/** Open findings that the stream sees, by severity, worst first. */
async function severitiesOf(tx: WriteTx, stream: StreamRow): Promise<number[]> {
  const rows = await withHashJoins(tx, () =>
    tx.execute<{ rank: number; n: number }>(sql`
    select f.severity_rank as rank, count(*)::integer as n
    from sighting s join finding f on f.tenant_id = s.tenant_id and f.id = s.finding_id
    where s.tenant_id = ${stream.tenantId}::uuid and s.stream_id = ${stream.id}::uuid and s.gone_at is null
      and f.status = 'open'
    group by 1`),
  );
  return SEVERITIES.map((_, rank) => rows.find((row) => row.rank === rank)?.n ?? 0);
}

/** What was not read or not looked at may hold what the run seems to lack. */
const isWhole = (row: ScanRow, facts: ReportFacts) => row.isComplete && facts.warnings.length === 0;

/** The stream after a run: only a complete one that was believed becomes the new baseline, and one that was declared partial says nothing of it. */
async function moveStream(
  tx: WriteTx,
  row: ScanRow,
  stream: StreamRow,
  facts: ReportFacts,
  holds: readonly string[],
): Promise<void> {
  if (!row.isComplete) return;
  const isComplete = isWhole(row, facts);
  const isBelieved = isComplete && holds.length === 0;
  await tx
    .update(scanStream)
    .set({
      ...(isBelieved
        ? {
            toolVersion: facts.toolVersion,
            options: row.options ?? facts.options,
            targets: [...facts.targets].slice(0, TARGETS_MAX),
          }
        : {}),
      ...(isComplete ? { lastScanId: row.id, lastCompleteAt: row.createdAt } : {}),
      lastStatus: holds.length > 0 ? 'held' : 'done',
    })
    .where(and(eq(scanStream.tenantId, stream.tenantId), eq(scanStream.id, stream.id)));
  await tx
    .update(scan)
    .set({ status: 'rejected', reasons: sql`${scan.reasons} || ${'Superseded by a newer scan.'}::text` })
    .where(
      and(
        eq(scan.tenantId, row.tenantId),
        eq(scan.streamId, stream.id),
        eq(scan.status, 'held'),
        ne(scan.id, row.id),
      ),
    );
}

function scanColumns(
  row: ScanRow,
  stream: StreamRow,
  tool: Tool,
  facts: ReportFacts,
  { counts, holds, severityCounts }: Outcome,
) {
  return {
    status: holds.length > 0 ? 'held' : 'done',
    isComplete: isWhole(row, facts),
    reasons: bounded([...row.reasons, ...(holds.length > 0 ? holds : facts.warnings)]),
    streamId: stream.id,
    tool,
    category: stream.category,
    toolName: facts.toolName,
    toolVersion: facts.toolVersion,
    targets: [...facts.targets].slice(0, TARGETS_MAX),
    images: [...new Set([...row.images, ...facts.images])].slice(0, IMAGES_MAX),
    finishedAt: sql`clock_timestamp()`,
    progress: counts.found,
    found: counts.found,
    newCount: counts.new,
    reopenedCount: counts.reopened,
    changedCount: counts.changed,
    unchangedCount: counts.unchanged,
    fixedCount: counts.fixed,
    heldCount: counts.held,
    severityCounts,
  };
}

async function kevOf(tx: WriteTx, tenantId: string): Promise<Set<string>> {
  const rows = await tx
    .select({ cveId: kevEntry.cveId })
    .from(kevEntry)
    .where(eq(kevEntry.tenantId, tenantId));
  return new Set(rows.map(({ cveId }) => cveId));
}

/** How the record names a scan: by its asset, and by the tool as far as it is known. */
async function labelOf(tx: WriteTx, row: ScanRow, tool: Tool | null): Promise<string> {
  const [found] = await tx
    .select({ name: asset.name })
    .from(asset)
    .where(and(eq(asset.tenantId, row.tenantId), eq(asset.id, row.assetId)));
  return [found?.name, tool].filter((part) => part).join(': ');
}

/** Everything a scan changes, in one transaction: all of it or nothing. */
async function write(actor: Actor, begun: Begun, report: OpenReport, spool: Spool): Promise<void> {
  const { row, settings } = begun;
  await inTenant(actor, async (tx) => {
    await takeTurn(tx, row);
    const stream = await streamOf(tx, row, report.tool, report.facts);
    const context: MergeContext = {
      actor,
      scanId: row.id,
      at: row.createdAt.toISOString(),
      assetId: row.assetId,
      streamId: stream.id,
      branch: row.branch,
      defaultBranch: await defaultBranchOf(tx, row.tenantId, row.assetId),
      tool: report.tool,
      policy: settings,
      kev: await kevOf(tx, row.tenantId),
    };
    const outcome = await merge(tx, context, begun, stream, spool, report.facts);
    await moveStream(tx, row, stream, report.facts, outcome.holds);
    await tx
      .update(scan)
      .set(scanColumns(row, stream, report.tool, report.facts, outcome))
      .where(and(eq(scan.tenantId, row.tenantId), eq(scan.id, row.id)));
    const isHeld = outcome.holds.length > 0;
    const label = await labelOf(tx, row, report.tool);
    await recordAudit(tx, actor, {
      action: isHeld ? 'scan.held' : 'scan.imported',
      target: { type: 'scan', id: row.id, label },
      details: { assetId: row.assetId, branch: row.branch, ...outcome.counts, reasons: outcome.holds },
    });
    const told: ToldScan = { ...row, label };
    await tellUrgentFindings(tx, told);
    if (isHeld) await tellHeldScan(tx, told, outcome.counts.held, outcome.holds);
  });
}

async function fail(actor: Actor, row: ScanRow, reason: string, tool: Tool | null): Promise<void> {
  await inTenant(actor, async (tx) => {
    const sentence = reason.slice(0, REASON_LENGTH_MAX);
    await tx
      .update(scan)
      .set({
        status: 'failed',
        reasons: [sentence],
        finishedAt: sql`clock_timestamp()`,
        ...(tool ? { tool } : {}),
      })
      .where(and(eq(scan.tenantId, row.tenantId), eq(scan.id, row.id)));
    if (tool) {
      const streams = and(
        eq(scanStream.assetId, row.assetId),
        eq(scanStream.tool, tool),
        eq(scanStream.branch, row.branch),
      );
      await tx
        .update(scanStream)
        .set({ lastStatus: 'failed' })
        .where(and(eq(scanStream.tenantId, row.tenantId), streams));
    }
    const label = await labelOf(tx, row, tool);
    await recordAudit(tx, actor, {
      action: 'scan.failed',
      outcome: 'failure',
      target: { type: 'scan', id: row.id, label },
      reason: sentence,
    });
    await tellFailedScan(tx, { ...row, label }, sentence);
  });
}

/** @returns why the report is none, with the tool it was told to be; null where everything is written */
async function readAndWrite(
  actor: Actor,
  begun: Begun,
): Promise<{ problem: ReportProblem; tool: Tool | null } | null> {
  const { row, settings } = begun;
  const path = reportPath(row.tenantId, row.id);
  const context = { digestSecret: secretDigester(settings.fingerprintKey) };
  let tool = row.tool as Tool | null;
  let report: OpenReport | undefined;
  let spool: Spool | undefined;
  try {
    await rm(`${path}.spool`, { force: true });
    report = await openReport(path, tool, context);
    tool = report.tool;
    spool = await spoolReport(report, row.assetId, `${path}.spool`, showProgress(actor, row.id));
    await write(actor, begun, report, spool);
    return null;
  } catch (error) {
    if (error instanceof ReportProblem) return { problem: error, tool };
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      const text =
        'The worker could not find the uploaded file. Make sure web and worker share the data directory, then upload it again.';
      return { problem: new ReportProblem(text, { cause: error }), tool };
    }
    throw error;
  } finally {
    spool?.close();
    await report?.close();
  }
}

/**
 * Imports an uploaded report: what it shows is written, what it lacks is closed where the run may be believed, and what
 * is no report becomes a failed scan with a sentence. Called again after a crash it begins anew; done it does nothing.
 */
export async function importScan(actor: Actor, scanId: string): Promise<void> {
  requirePermission(actor, 'scans:write');
  const begun = await begin(actor, scanId);
  if (!begun) return;
  const failure = await readAndWrite(actor, begun);
  if (failure) await fail(actor, begun.row, failure.problem.message, failure.tool);
  await removeReport(actor.tenantId, scanId);
}
