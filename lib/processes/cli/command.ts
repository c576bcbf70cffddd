import { hostname, userInfo } from 'node:os';
import type { ParseArgsConfig } from 'node:util';
import type { CliActor } from '@/lib/platform/auth/contract';
import { AppError } from '@/lib/platform/core/errors';
import { newId } from '@/lib/platform/core/ids';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';

export type OptionValues = Record<string, string | boolean | undefined>;

export interface CommandCall {
  values: OptionValues;
  positionals: readonly string[];
  actor: CliActor;
  /** For a command that runs on and tells what it does meanwhile. */
  out(line: string): void;
}

/** Lines for the terminal, and whether the command succeeded (exit code 0). */
export interface CommandResult {
  lines: string[];
  isOk: boolean;
  /** Where it is not 0 or 1. */
  exitCode?: number;
}

export interface Command {
  /** The words that call it, such as `keys create`. */
  name: string;
  /** What follows the words, in the help. */
  usage: string;
  summary: string;
  options: NonNullable<ParseArgsConfig['options']>;
  /** `required`: no answer without its record in the log; `if possible`: it must also work without a database. */
  record: 'required' | 'if possible';
  run(call: CommandCall): Promise<CommandResult>;
}

/** A call that cannot be carried out as it was written. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function textOf(values: OptionValues, name: string): string | undefined {
  const value = values[name];
  return typeof value === 'string' ? value : undefined;
}

export function requireText(values: OptionValues, name: string, example: string): string {
  const value = textOf(values, name);
  if (value === undefined) throw new UsageError(`--${name} is missing. Example: --${name} ${example}`);
  return value;
}

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return 'unknown';
  }
}

/** Whoever can run the command on this host, named as `user@host`. */
export function cliActorOf(tenantId = DEFAULT_TENANT_ID): CliActor {
  return {
    type: 'cli',
    tenantId,
    label: `${systemUser()}@${hostname()}`,
    request: { requestId: newId(), ip: null, userAgent: null, method: null, host: hostname(), path: null },
  };
}

/** What went wrong, in sentences for a terminal. */
export function sentencesOf(error: unknown): string[] {
  if (error instanceof AppError) {
    if (error.fields.length < 2) return [error.message];
    return error.fields.map((field) => `${field.path || 'input'}: ${field.message}`);
  }
  return [error instanceof Error ? error.message || String(error.cause ?? error.name) : String(error)];
}
