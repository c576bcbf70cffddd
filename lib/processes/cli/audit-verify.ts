import { open, readFile } from 'node:fs/promises';
import { getEnv } from '@/lib/platform/core/env/env';
import { AppError } from '@/lib/platform/core/errors';
import { listTenantIds } from '@/lib/platform/jobs/tenants';
import { type BundleReport, verifyBundle } from '@/lib/platform/sealing/bundle/verify-bundle';
import { exitCodeOf, FAULTS, type Fault, type VerificationReport } from '@/lib/platform/sealing/contract';
import { signingSecrets } from '@/lib/platform/sealing/publish/signing-keys';
import { readWitnessPolicy } from '@/lib/platform/sealing/publish/witness-policy';
import { parsePolicy } from '@/lib/platform/sealing/tlog/policy';
import { ringOfSecrets } from '@/lib/platform/sealing/verify/key-ring';
import { ringOfRecord } from '@/lib/platform/sealing/verify/recorded-keys';
import { verifyDatabase } from '@/lib/platform/sealing/verify/run-verification';
import { openSliceThreads } from '../verify/slice-threads';
import {
  type Command,
  type CommandCall,
  type CommandResult,
  cliActorOf,
  requireText,
  textOf,
  UsageError,
} from './command';

const FAULTS_SHOWN_MAX = 50;

const plural = (count: number, one: string, many = `${one}s`) =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;

function faultLine({ kind, tenantId, origin, index, message }: Fault): string {
  const place = [origin ?? tenantId, ...(index === null ? [] : [`leaf ${index}`])].join(', ');
  return `  ${kind} (${FAULTS[kind].exitCode})  ${place}: ${message}`;
}

/** What was looked at, what is wrong, and what no verification of this kind can tell. */
export function reportLines(report: VerificationReport): string[] {
  const {
    faults,
    faultCount,
    leaves,
    rows,
    seconds,
    pending,
    erased,
    retired,
    before,
    late,
    isWitnessed,
    witnessedAt,
  } = report;
  const newest = report.logs.map(({ origin, leaves: size, checkpoint }) => {
    const signed = checkpoint
      ? `checkpoint of ${plural(checkpoint.size, 'leaf', 'leaves')}`
      : 'no checkpoint yet';
    return `  ${origin}  ${plural(size, 'leaf', 'leaves')}, ${signed}`;
  });
  const witness =
    isWitnessed === null
      ? 'No witness is configured: whoever holds the signing key and the database could have rewritten both.'
      : `The newest witnessed checkpoint is of ${witnessedAt ?? 'unknown time'}.`;
  return [
    `${plural(leaves, 'leaf', 'leaves')} and ${plural(rows, 'event')} compared in ${seconds.toFixed(1)} s; keys from ${report.keysFrom}.`,
    ...newest,
    witness,
    ...(erased > 0 ? [`${plural(erased, 'event')} with erased fields: the rest of them is proven.`] : []),
    ...(retired > 0 ? [`${plural(retired, 'event')} retired by policy.`] : []),
    ...(pending > 0 ? [`${plural(pending, 'event')} not sealed yet, younger than two minutes.`] : []),
    ...(before > 0
      ? [`${plural(before, 'event')} from before sealing began: unchanged since then, earlier is not proven.`]
      : []),
    ...(late.count > 0
      ? [
          `${plural(late.count, 'event')} sealed more than an hour after their time: leaves ${late.leaves.join(', ')}.`,
        ]
      : []),
    ...(faultCount === 0
      ? ['Verified: nothing was changed, added, removed or reordered.']
      : [`${plural(faultCount, 'fault')}:`]),
    ...faults.slice(0, FAULTS_SHOWN_MAX).map(faultLine),
    ...(faultCount > FAULTS_SHOWN_MAX
      ? [`  and ${faultCount - FAULTS_SHOWN_MAX} more; --json lists them.`]
      : []),
  ];
}

export function resultOf(report: VerificationReport, isJson: boolean): CommandResult {
  const exitCode = exitCodeOf(report.faults);
  return {
    isOk: exitCode === 0,
    exitCode,
    lines: isJson ? [JSON.stringify({ ...report, exitCode }, null, 2)] : reportLines(report),
  };
}

function threadsOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^[1-9]$/.test(text)) throw new UsageError('--threads takes a number from 1 to 9.');
  return Number(text);
}

async function verifyInDatabase({ values, actor }: CommandCall): Promise<CommandResult> {
  const { logWitnessPolicyFile, logCheckpointFile } = getEnv();
  const slug = textOf(values, 'tenant');
  const tenantIds = slug === undefined ? await listTenantIds() : [actor.tenantId];
  const secrets = signingSecrets();
  const runner = openSliceThreads(threadsOf(textOf(values, 'threads')));
  try {
    const report = await verifyDatabase({
      actors: tenantIds.map((id) => cliActorOf(id)),
      isComplete: slug === undefined,
      runner,
      ring: secrets.length > 0 ? ringOfSecrets(secrets) : await ringOfRecord(tenantIds),
      policy: readWitnessPolicy(logWitnessPolicyFile),
      checkpointFile: logCheckpointFile,
      secrets,
      startedBy: actor.label,
      resume: values.resume === true,
    });
    return resultOf(report, values.json === true);
  } finally {
    await runner.close();
  }
}

/** What the bundle proves, and what is wrong. */
function bundleLines(report: BundleReport): string[] {
  const { proves, logs, events, erased, retired, isWitnessed, witnessedAt, faults, faultCount } = report;
  const what =
    proves === 'complete'
      ? 'A complete range: no event of these leaves is left out.'
      : 'Single events: each is in the log; that there are no others is not proven.';
  return [
    `Bundle of ${report.createdAt}, tenant ${report.tenantId}: ${plural(events, 'event')}.`,
    what,
    ...logs.map(({ origin, size, begin, end }) =>
      proves === 'complete'
        ? `  ${origin}  leaves ${begin} to ${end} of ${size}`
        : `  ${origin}  ${plural(size, 'leaf', 'leaves')}`,
    ),
    isWitnessed === null
      ? 'The policy asks for no witness: whoever holds the signing key could have made another log.'
      : `Witnessed: ${witnessedAt ?? 'no'}.`,
    ...(erased > 0 ? [`${plural(erased, 'event')} with erased fields: the rest of them is proven.`] : []),
    ...(retired > 0 ? [`${plural(retired, 'event')} retired by policy.`] : []),
    ...(faultCount === 0 ? ['Verified.'] : [`${plural(faultCount, 'fault')}:`]),
    ...faults.slice(0, FAULTS_SHOWN_MAX).map(faultLine),
  ];
}

/** Without a database or a network. */
async function verifyBundleFile(path: string, policyPath: string, isJson: boolean): Promise<CommandResult> {
  const unreadable = (file: string) => new AppError('not_found', `${file} could not be read.`);
  const policyFile = await readFile(policyPath, 'utf8').catch(() => Promise.reject(unreadable(policyPath)));
  const file = await open(path).catch(() => Promise.reject(unreadable(path)));
  try {
    const report = await verifyBundle(file.readLines({ encoding: 'utf8' }), parsePolicy(policyFile));
    const exitCode = exitCodeOf(report.faults);
    const lines = isJson ? [JSON.stringify({ ...report, exitCode }, null, 2)] : bundleLines(report);
    return { isOk: exitCode === 0, exitCode, lines };
  } finally {
    await file.close().catch(() => undefined);
  }
}

export const auditVerify: Command = {
  name: 'audit verify',
  usage: '[--tenant <slug>] [--resume] [--threads <n>] [--json] | --bundle <file> --policy <file> [--json]',
  summary:
    'Verify the sealed audit log against the database, or an exported bundle. Exit code 0, or 10 to 18 for what is wrong (docs/audit-log.md)',
  // A bundle is verified where there is no database; against one, each tenant's log records the result itself.
  record: 'if possible',
  options: {
    tenant: { type: 'string' },
    resume: { type: 'boolean' },
    threads: { type: 'string' },
    json: { type: 'boolean' },
    bundle: { type: 'string' },
    policy: { type: 'string' },
  },
  async run(call) {
    const bundle = textOf(call.values, 'bundle');
    if (bundle === undefined) return verifyInDatabase(call);
    const policy = requireText(call.values, 'policy', 'audit-log-policy.txt');
    return verifyBundleFile(bundle, policy, call.values.json === true);
  },
};
