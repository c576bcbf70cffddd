import { type ParseArgsConfig, parseArgs } from 'node:util';
import { eq } from 'drizzle-orm';
import { tenant } from '@/db/schema/identity';
import { asSystem, inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { CliActor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { EnvError, getEnv } from '@/lib/platform/core/env/env';
import { AppError, isAppError } from '@/lib/platform/core/errors';
import { auditVerify } from './audit-verify';
import { blocksLift, blocksList } from './blocks';
import {
  type Command,
  type CommandResult,
  cliActorOf,
  type OptionValues,
  sentencesOf,
  textOf,
  UsageError,
} from './command';
import { doctor } from './doctor';
import { findingsRefreshKev } from './findings';
import { keysCreate, keysList, keysRevoke } from './keys';
import { limitsCheck } from './limits';
import { metricsRebuild } from './metrics';
import { releaseGate } from './release-gate';
import { rotateAgent } from './rotate-agent';
import { routesCheck } from './routes';
import { scanUpload } from './scan-upload';
import { secretScanCommands } from './secrets-scan';
import { migrateCommand, rolesCommand } from './setup';
import { witnessCommand } from './witness';

const commands: Command[] = [
  keysCreate,
  keysList,
  keysRevoke,
  blocksList,
  blocksLift,
  migrateCommand,
  rolesCommand,
  doctor,
  limitsCheck,
  routesCheck,
  rotateAgent,
  scanUpload,
  findingsRefreshKev,
  metricsRebuild,
  auditVerify,
  witnessCommand,
  releaseGate,
  ...secretScanCommands,
];

export interface Terminal {
  out(line: string): void;
  err(line: string): void;
}

export function helpLines(): string[] {
  const lines = commands.flatMap((command) => [
    `  bulwark ${command.name} ${command.usage}`.trimEnd(),
    `      ${command.summary}`,
  ]);
  return [
    'Bulwark command line. Run it on the host. Every command is recorded in the audit log.',
    '',
    ...lines,
  ];
}

function find(words: readonly string[]): { command: Command; rest: string[] } | null {
  for (const command of commands) {
    const name = command.name.split(' ');
    if (name.every((word, i) => words[i] === word)) return { command, rest: words.slice(name.length) };
  }
  return null;
}

function parse(command: Command, rest: string[]) {
  const config: ParseArgsConfig = {
    args: rest,
    options: command.options,
    allowPositionals: true,
    strict: true,
  };
  try {
    const { values, positionals } = parseArgs(config);
    return { values: values as OptionValues, positionals };
  } catch (error) {
    const message = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw new UsageError(`${message}. Usage: bulwark ${command.name} ${command.usage}`.trimEnd());
  }
}

async function actorOf(values: OptionValues): Promise<CliActor> {
  const slug = textOf(values, 'tenant');
  if (slug === undefined) return cliActorOf();
  const [found] = await asSystem('command line: find a tenant', (tx) =>
    tx.select({ id: tenant.id }).from(tenant).where(eq(tenant.slug, slug)),
  );
  if (!found)
    throw new AppError('not_found', `Tenant "${slug}" not found. Check the slug in Settings, Tenants.`);
  return cliActorOf(found.id);
}

interface Outcome {
  command: Command;
  durationMs: number;
  code?: string;
}

/** The access row of a command; its words and options hold no secret. */
async function recordCommand(actor: CliActor, { command, durationMs, code }: Outcome): Promise<void> {
  requirePermission(actor, 'keys:read');
  await inTenant(actor, (tx) =>
    recordAudit(tx, actor, {
      action: 'cli.command',
      outcome: code === undefined ? 'success' : 'failure',
      target: { type: 'process', id: null, label: `bulwark ${command.name}` },
      durationUs: Math.round(durationMs * 1000),
      ...(code === undefined ? {} : { code }),
    }),
  );
}

const NOT_RECORDED =
  'Warning: this command was not recorded. The audit log is unreachable or not migrated yet.';

/** For what must also work on a host whose database or environment is broken. @returns what to tell about it */
async function recordIfPossible(actor: CliActor, outcome: Outcome): Promise<string[]> {
  try {
    if (!getEnv().databaseUrl) return [];
    await recordCommand(actor, outcome);
    return [];
  } catch (error) {
    return error instanceof EnvError ? [] : [NOT_RECORDED];
  }
}

/** @returns lines for the terminal */
async function record(actor: CliActor, outcome: Outcome): Promise<string[]> {
  if (outcome.command.record === 'if possible') {
    return recordIfPossible(actor, outcome);
  }
  await recordCommand(actor, outcome).catch((cause: unknown) => {
    throw new AppError(
      'audit_unavailable',
      'Could not write the audit log, so the command’s output is not shown.',
      { cause },
    );
  });
  return [];
}

async function runCommand(command: Command, rest: string[], out: Terminal['out']): Promise<CommandResult> {
  const { values, positionals } = parse(command, rest);
  const actor = await actorOf(values);
  const startedMs = performance.now();
  const outcome = (code?: string): Outcome => ({ command, durationMs: performance.now() - startedMs, code });
  try {
    const result = await command.run({ values, positionals, actor, out });
    const notes = await record(actor, outcome(result.isOk ? undefined : 'failed'));
    return { ...result, lines: [...result.lines, ...notes] };
  } catch (error) {
    if (error instanceof UsageError || error instanceof EnvError) throw error;
    if (!isAppError(error) || error.code !== 'audit_unavailable') {
      await record(actor, outcome(isAppError(error) ? error.code : 'internal'));
    }
    throw error;
  }
}

/** Runs one command line. @returns the exit code: 0 done, 1 failed, 2 not understood */
export async function runCli(words: readonly string[], terminal: Terminal): Promise<number> {
  const [first] = words;
  if (first === undefined || first === 'help' || words.includes('--help') || words.includes('-h')) {
    for (const line of helpLines()) terminal.out(line);
    return 0;
  }
  const found = find(words);
  if (!found) {
    terminal.err(
      `Unknown command "bulwark ${words.slice(0, 2).join(' ')}". Run "bulwark help" for a list of commands.`,
    );
    return 2;
  }
  try {
    const { lines, isOk, exitCode } = await runCommand(found.command, found.rest, terminal.out);
    for (const line of lines) terminal.out(line);
    return exitCode ?? (isOk ? 0 : 1);
  } catch (error) {
    for (const line of sentencesOf(error)) terminal.err(line);
    return error instanceof UsageError ? 2 : 1;
  }
}
