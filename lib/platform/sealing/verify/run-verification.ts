import { sql } from 'drizzle-orm';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { SECOND_MS } from '@/lib/platform/core/clock';
import { newId } from '@/lib/platform/core/ids';
import { type Fault, type VerificationReport, verificationReportDto } from '../contract';
import { readOutsideHeads } from '../publish/outside';
import { compareWithOutside } from '../publish/restore';
import { INSTALLATION_ID } from '../rules';
import type { Policy } from '../tlog/policy';
import { explainMoves } from './classify';
import type { KeyRing } from './key-ring';
import { verifyInstallation } from './verify-installation';
import {
  noProgress,
  type SliceRunner,
  type TenantProgress,
  type TenantVerification,
  verifyTenant,
} from './verify-tenant';

const SAVE_EVERY_MS = 10 * SECOND_MS;
const FAULTS_LISTED_MAX = 1_000;
/** A run that ended before its end is gone on with for so long; its log has grown only at its end. */
const RESUME_WITHIN_HOURS = 24;

export interface VerificationOptions {
  /** One for each tenant that is verified. */
  actors: readonly Actor[];
  /** They are all there are. */
  isComplete: boolean;
  runner: SliceRunner;
  ring: KeyRing;
  policy: Policy | null;
  /** Compared with the log of the installation; needs the secrets that signed it. */
  checkpointFile?: string | undefined;
  secrets: readonly string[];
  startedBy: string;
  /** Goes on where an earlier run stopped. */
  resume?: boolean;
  onProgress?(leaves: number): void;
}

interface Run {
  id: string;
  progress: TenantProgress;
}

async function beginRun(actor: Actor, { startedBy, resume = false }: VerificationOptions): Promise<Run> {
  return inTenant(actor, async (tx) => {
    const [stopped] = resume
      ? await tx.execute<Run & Record<string, unknown>>(sql`
          select id, progress from public.audit_verification where tenant_id = ${actor.tenantId}::uuid
            and state = 'running' and progress is not null
            and started_at > now() - make_interval(hours => ${RESUME_WITHIN_HOURS})
          order by started_at desc limit 1`)
      : [];
    if (stopped) return { id: stopped.id, progress: stopped.progress };
    // A process that was killed has left its run behind.
    await tx.execute(sql`
      update public.audit_verification set state = 'failed', finished_at = clock_timestamp(), progress = null
      where tenant_id = ${actor.tenantId}::uuid and state = 'running' and (started_by = ${startedBy}
        and ${startedBy} = 'worker' or started_at < now() - make_interval(hours => ${RESUME_WITHIN_HOURS}))`);
    const id = newId();
    await tx.execute(sql`
      insert into public.audit_verification (tenant_id, id, started_by, state)
      values (${actor.tenantId}::uuid, ${id}::uuid, ${startedBy}, 'running')`);
    return { id, progress: noProgress() };
  });
}

async function saveProgress(actor: Actor, { id, progress }: Run): Promise<void> {
  await inTenant(actor, (tx) =>
    tx.execute(sql`
      update public.audit_verification set progress = ${JSON.stringify(progress)}::text::jsonb,
        leaves = ${progress.leaves}::bigint
      where tenant_id = ${actor.tenantId}::uuid and id = ${id}::uuid`),
  );
}

async function finishRun(
  actor: Actor,
  id: string,
  state: string,
  report: VerificationReport | null,
): Promise<void> {
  await inTenant(actor, async (tx) => {
    await tx.execute(sql`
      update public.audit_verification set finished_at = clock_timestamp(), state = ${state}, progress = null,
        report = ${report && JSON.stringify(report)}::text::jsonb, leaves = ${report?.leaves ?? 0}::bigint,
        checkpoint_size = ${report?.logs.at(-1)?.checkpoint?.size ?? null}::bigint, is_witnessed = ${report?.isWitnessed ?? null}
      where tenant_id = ${actor.tenantId}::uuid and id = ${id}::uuid`);
    const faults =
      report?.faults.slice(0, 20).map(({ kind, index, message }) => ({ kind, index, message })) ?? [];
    await recordAudit(tx, actor, {
      action: state === 'faults' ? 'log.verification_failed' : 'log.verified',
      outcome: state === 'verified' ? 'success' : 'failure',
      target: { type: 'log', id: report?.logs.at(-1)?.origin ?? null, label: null },
      details: {
        leaves: report?.leaves ?? 0,
        faultCount: report?.faultCount ?? 0,
        faults,
        isWitnessed: report?.isWitnessed ?? null,
      },
    });
  });
}

async function outsideFaults(options: VerificationOptions, origin: string | undefined): Promise<Fault[]> {
  const { checkpointFile, secrets } = options;
  if (!checkpointFile || origin === undefined) return [];
  const heads = await readOutsideHeads({ checkpointFile, policy: null }, [origin], secrets);
  const standing = await compareWithOutside(heads);
  if (standing.kind === 'current') return [];
  const { size, from } = standing.head;
  const fault = { tenantId: INSTALLATION_ID, origin, index: size, eventId: null };
  return standing.kind === 'behind'
    ? [
        {
          ...fault,
          kind: 'lost_in_restore',
          message: `${from} knows ${size} entries of this log, more than the database has.`,
        },
      ]
    : [{ ...fault, kind: 'tree_forked', message: `${from} knows another tree of ${size} entries.` }];
}

function reportOf(
  options: VerificationOptions,
  verified: readonly TenantVerification[],
  installation: Awaited<ReturnType<typeof verifyInstallation>>,
  more: readonly Fault[],
  startedMs: number,
): VerificationReport {
  const sum = (of: (each: TenantVerification) => number) =>
    verified.reduce((total, each) => total + of(each), 0);
  const faults = [...verified.flatMap((each) => each.faults), ...installation.faults, ...more];
  return verificationReportDto.parse({
    logs: [...verified.flatMap(({ logs }) => logs), ...(installation.log ? [installation.log] : [])],
    leaves: sum(({ progress }) => progress.leaves),
    rows: sum(({ progress }) => progress.rows),
    erased: sum(({ progress }) => progress.erased),
    retired: sum(({ retired }) => retired),
    pending: sum(({ pending }) => pending),
    before: sum(({ progress }) => progress.before),
    late: {
      count: sum(({ progress }) => progress.lateCount),
      leaves: verified.flatMap(({ progress }) => progress.late).slice(0, 20),
    },
    isWitnessed: installation.isWitnessed,
    witnessedAt: installation.witnessedMs === null ? null : new Date(installation.witnessedMs).toISOString(),
    keysFrom: options.ring.source,
    faults: faults.slice(0, FAULTS_LISTED_MAX),
    faultCount: faults.length + sum(({ progress }) => progress.unlisted),
    seconds: (performance.now() - startedMs) / 1000,
  } satisfies VerificationReport);
}

/** What one tenant may know of a report over several. */
function ownPart(
  report: VerificationReport,
  { tenantId }: Actor,
  verified: TenantVerification,
): VerificationReport {
  const isOwn = (each: { tenantId: string }) =>
    each.tenantId === tenantId || each.tenantId === INSTALLATION_ID;
  const { progress, pending, retired } = verified;
  const faults = report.faults.filter(isOwn);
  return {
    ...report,
    logs: report.logs
      .filter(isOwn)
      .toSorted((a, b) => Number(a.tenantId === tenantId) - Number(b.tenantId === tenantId)),
    ...{ leaves: progress.leaves, rows: progress.rows, erased: progress.erased, retired, pending },
    before: progress.before,
    late: { count: progress.lateCount, leaves: progress.late },
    faults,
    faultCount: faults.length + progress.unlisted,
  };
}

interface TenantRun {
  actor: Actor;
  run: Run;
  verified: TenantVerification;
}

async function verifyOne(actor: Actor, options: VerificationOptions, before: number): Promise<TenantRun> {
  requirePermission(actor, 'audit:export');
  const run = await beginRun(actor, options);
  let savedMs = performance.now();
  try {
    const verified = await verifyTenant({
      ...{ actor, runner: options.runner, ring: options.ring, progress: run.progress },
      onProgress: async (progress) => {
        options.onProgress?.(before + progress.leaves);
        if (performance.now() - savedMs < SAVE_EVERY_MS) return;
        savedMs = performance.now();
        await saveProgress(actor, run);
      },
    });
    return { actor, run, verified };
  } catch (error) {
    await finishRun(actor, run.id, 'failed', null);
    throw error;
  }
}

/**
 * Verifies the logs of these tenants and of the installation against the database, and keeps the result with each tenant.
 * @throws what kept it from looking at everything; that run is then marked as failed
 */
export async function verifyDatabase(options: VerificationOptions): Promise<VerificationReport> {
  const startedMs = performance.now();
  const runs: TenantRun[] = [];
  for (const actor of options.actors) {
    const before = runs.reduce((sum, { verified }) => sum + verified.progress.leaves, 0);
    runs.push(await verifyOne(actor, options, before));
  }
  const all = runs.map(({ verified }) => verified);
  explainMoves(
    all.flatMap(({ unexplained }) => unexplained.missing),
    all.flatMap(({ unexplained }) => unexplained.extra),
  );
  const installation = await verifyInstallation({
    ...{ ring: options.ring, policy: options.policy, isComplete: options.isComplete },
    tenants: all.map(({ logs, heads }) => ({ logs, heads })),
  });
  const more = await outsideFaults(options, installation.log?.origin);
  const report = reportOf(options, all, installation, more, startedMs);
  for (const { actor, run, verified } of runs) {
    const part = ownPart(report, actor, verified);
    await finishRun(actor, run.id, part.faultCount > 0 ? 'faults' : 'verified', part);
  }
  return report;
}
