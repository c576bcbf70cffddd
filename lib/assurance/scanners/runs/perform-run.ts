import { and, eq, inArray, max, sql } from 'drizzle-orm';
import { scannerLog, scannerRun, scanTarget } from '@/db/schema/scanners';
import { inTenant, type WriteTx } from '@/db/scope';
import type { UploadedScanDto, UploadScanInput } from '@/lib/assurance/findings/contract';
import { SCANNER_FACTS } from '@/lib/assurance/scanners/contract';
import { type RunRow, type TargetRow, targetDtoOf } from '@/lib/assurance/scanners/targets/target-dto';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor, JobActor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { getEnv } from '@/lib/platform/core/env/env';
import { isAppError } from '@/lib/platform/core/errors';
import { newId } from '@/lib/platform/core/ids';
import { log } from '@/lib/platform/core/log';
import { RunLog } from './run-log';
import { type FinishedScan, scanOnce } from './scan';
import { ScanProblem } from './scan-problem';

/** The public door of findings: takes a report and queues its import. */
export type UploadReport = (
  actor: Actor,
  input: UploadScanInput,
  body: AsyncIterable<Uint8Array>,
  idempotencyKey: string,
) => Promise<UploadedScanDto>;

const BEAT_MS = 1_000;
const ATTEMPTS_MAX = 2;
const GIVEN_UP = 'The worker stopped during this run twice. Check the worker, then run it again.';

interface Claimed {
  run: RunRow;
  target: TargetRow;
  claim: string;
  lines: RunLog;
}

const whereRun = (actor: Actor, runId: string) =>
  and(
    eq(scannerRun.tenantId, actor.tenantId),
    eq(scannerRun.id, runId),
    inArray(scannerRun.status, ['queued', 'running']),
  );

async function end(
  tx: WriteTx,
  actor: Actor,
  claimed: Pick<Claimed, 'run' | 'target'>,
  set: Partial<RunRow>,
) {
  requirePermission(actor, 'scans:write');
  const { run, target } = claimed;
  await tx
    .update(scannerRun)
    .set({ ...set, finishedAt: sql`clock_timestamp()` })
    .where(whereRun(actor, run.id));
  const isGood = set.status === 'imported';
  await recordAudit(tx, actor, {
    action: isGood ? 'scanner_run.imported' : 'scanner_run.failed',
    ...(isGood ? {} : { outcome: 'failure' as const, reason: set.sentence ?? '' }),
    target: { type: 'scanner_run', id: run.id, label: target.asset },
    details: { targetId: target.id, scanner: target.scanner, status: set.status, scanId: set.scanId ?? null },
  });
}

/** Takes the run for this attempt; an attempt whose worker fell silent loses it. @returns null where nothing is to do */
async function claimRun(actor: JobActor, runId: string): Promise<Claimed | null> {
  requirePermission(actor, 'scans:write');
  return inTenant(actor, async (tx) => {
    const [run] = await tx.select().from(scannerRun).where(whereRun(actor, runId)).for('update');
    if (!run) return null;
    const [target] = await tx
      .select()
      .from(scanTarget)
      .where(and(eq(scanTarget.tenantId, actor.tenantId), eq(scanTarget.id, run.targetId)));
    if (!target) return null;
    if (run.attempts >= ATTEMPTS_MAX) {
      await end(tx, actor, { run, target }, { status: 'failed', sentence: GIVEN_UP });
      return null;
    }
    const [last] = await tx
      .select({ number: max(scannerLog.number) })
      .from(scannerLog)
      .where(and(eq(scannerLog.tenantId, actor.tenantId), eq(scannerLog.runId, runId)));
    const claim = newId();
    await tx
      .update(scannerRun)
      .set({
        status: 'running',
        claim,
        attempts: run.attempts + 1,
        startedAt: sql`clock_timestamp()`,
        heartbeatAt: sql`clock_timestamp()`,
      })
      .where(whereRun(actor, runId));
    const secrets = Object.values(getEnv().scanners.secrets);
    const lines = new RunLog(actor.tenantId, runId, secrets, last?.number ?? 0);
    if (run.attempts > 0)
      lines.add('bulwark', 'The worker stopped in the middle of it. This is another attempt.');
    return { run, target, claim, lines };
  });
}

/** Writes the log on, says that the run lives, and hears whether it shall stop. @returns whether it may go on */
async function beat(actor: JobActor, { run, claim, lines }: Claimed): Promise<boolean> {
  requirePermission(actor, 'scans:write');
  // guard: the sign of life of a run whose start and end are recorded
  const { mayGoOn, written } = await inTenant(actor, async (tx) => {
    const [row] = await tx
      .update(scannerRun)
      .set({ heartbeatAt: sql`clock_timestamp()` })
      .where(and(whereRun(actor, run.id), eq(scannerRun.claim, claim)))
      .returning({ cancel: scannerRun.cancelRequestedAt });
    return { mayGoOn: row?.cancel === null, written: row ? await lines.write(tx) : 0 };
  });
  lines.forget(written);
  return mayGoOn;
}

/** Beats until stopped; a run that may not go on is aborted. */
function startBeating(actor: JobActor, claimed: Claimed, abort: AbortController): () => Promise<void> {
  let running = Promise.resolve();
  const timer = setInterval(() => {
    running = running
      .then(() => beat(actor, claimed))
      .then((mayGoOn) => {
        if (!mayGoOn) abort.abort();
      })
      .catch((err: unknown) => log().warn({ err, runId: claimed.run.id }, 'a run could not write its log'));
  }, BEAT_MS);
  return () => {
    clearInterval(timer);
    return running;
  };
}

function problemOf(error: unknown): ScanProblem {
  if (error instanceof ScanProblem) return error;
  if (isAppError(error)) return new ScanProblem(error.message, 'failed', null, { cause: error });
  return new ScanProblem('Something went wrong on the worker; its log has the cause.', 'failed', null, {
    cause: error,
  });
}

async function upload(actor: JobActor, claimed: Claimed, finished: FinishedScan, door: UploadReport) {
  const { target, run } = claimed;
  const input: UploadScanInput = {
    tool: targetDtoOf(target, 'UTC', null).scanner,
    asset: target.asset,
    branch: target.branch,
    // What was looked at: another place is another stream, whose absences say nothing about this one.
    category: target.location.slice(-200),
    file: `${target.scanner}.json`,
  };
  const { scanId } = await door(actor, input, finished.report, `scanner-run:${run.id}`);
  return { scanId, exitCode: finished.exitCode, toolVersion: finished.version };
}

async function settle(actor: JobActor, claimed: Claimed, set: Partial<RunRow>): Promise<void> {
  requirePermission(actor, 'scans:write');
  await inTenant(actor, async (tx) => {
    const [own] = await tx.select().from(scannerRun).where(whereRun(actor, claimed.run.id)).for('update');
    if (own?.claim !== claimed.claim) return;
    claimed.lines.add('bulwark', set.sentence ?? '');
    await claimed.lines.write(tx);
    await end(tx, actor, claimed, set);
  });
}

/**
 * Runs a scanner once and hands its report to findings. Called again after a crash it begins anew; done it does nothing.
 * @param signal aborted when the worker stops: then the run is left to the next attempt
 */
export async function performRun(
  actor: JobActor,
  runId: string,
  door: UploadReport,
  signal: AbortSignal,
): Promise<void> {
  const claimed = await claimRun(actor, runId);
  if (!claimed) return;
  const { scanners: settings, outboundAllow: allow } = getEnv();
  const abort = new AbortController();
  const stopBeating = startBeating(actor, claimed, abort);
  const target = targetDtoOf(claimed.target, 'UTC', null);
  let result: Partial<RunRow>;
  try {
    const onLine = (source: 'bulwark' | 'scanner', line: string) => claimed.lines.add(source, line);
    const request = {
      runId,
      target,
      settings,
      allow,
      onLine,
      signal: AbortSignal.any([abort.signal, signal]),
    };
    const done = await scanOnce(request, (finished) => upload(actor, claimed, finished, door));
    const sentence = `${SCANNER_FACTS[target.scanner].name} ended, and its report was handed over.`;
    result = { ...done, status: 'imported', sentence };
  } catch (error) {
    if (signal.aborted) throw error;
    const { message, status, exitCode, cause } = problemOf(error);
    if (cause && !(cause instanceof Error && cause.name === 'OutboundRefused'))
      log().error({ err: cause, runId }, 'a scanner could not be run');
    result = { status, sentence: message, exitCode };
  } finally {
    await stopBeating();
  }
  await settle(actor, claimed, result);
}
