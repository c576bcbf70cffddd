import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { promisify } from 'node:util';
import { sql } from 'drizzle-orm';
import { scannerState } from '@/db/schema/scanners';
import { inTenant } from '@/db/scope';
import { SCANNER_FACTS, SCANNERS, type Scanner } from '@/lib/assurance/scanners/contract';
import { versionIn } from '@/lib/assurance/scanners/rules';
import { commandOf, containerEngine, requireGit, SEARCH_PATH } from '@/lib/assurance/scanners/sandbox/binary';
import { DEFINITIONS } from '@/lib/assurance/scanners/sandbox/definitions';
import type { JobActor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { getEnv } from '@/lib/platform/core/env/env';
import type { ScannerEnv } from '@/lib/platform/core/env/env-scanners';
import { ScanProblem } from './scan-problem';

const run = promisify(execFile);

interface Found {
  version: string | null;
  problem: string | null;
}

/** What a command prints, without holding up what else the worker does; null where it fails or takes too long. */
async function answerOf(command: string, args: readonly string[]): Promise<string | null> {
  const env = { NODE_ENV: 'production' as const, PATH: SEARCH_PATH.join(':'), HOME: '/nonexistent' };
  try {
    return (await run(command, args, { env, cwd: tmpdir(), timeout: 10_000 })).stdout;
  } catch {
    return null;
  }
}

/** What a scanner that starts still lacks. */
async function lackOf(scanner: Scanner, { secrets }: ScannerEnv): Promise<string | null> {
  const { secret, needsSecret } = DEFINITIONS[scanner];
  if (secret && needsSecret && !secrets[secret])
    return `${SCANNER_FACTS[scanner].name} needs ${secret}, which is not set for the worker.`;
  if (SCANNER_FACTS[scanner].kinds.includes('git')) await requireGit();
  return null;
}

/** The state of one scanner on this machine: its version, or why it cannot be used. */
export async function lookAt(scanner: Scanner, settings = getEnv().scanners): Promise<Found> {
  const { name } = SCANNER_FACTS[scanner];
  let version: string | null = null;
  try {
    if (settings.isolation === 'container') {
      if (!settings.images[scanner]) throw new ScanProblem(`SCAN_IMAGES names no image for ${name}.`);
      await containerEngine();
      return { version: null, problem: null };
    }
    const [command = '', ...args] = await commandOf(scanner, settings);
    const said = await answerOf(command, [...args, ...DEFINITIONS[scanner].versionArgs]);
    if (said === null)
      return {
        version: null,
        problem: `${name} is there but does not start; try "${command} --version" on the worker.`,
      };
    version = versionIn(said);
    return { version, problem: await lackOf(scanner, settings) };
  } catch (error) {
    if (error instanceof ScanProblem) return { version, problem: error.message };
    throw error;
  }
}

const seen: { atMs: number; states: { scanner: Scanner; found: Found }[] } = { atMs: 0, states: [] };
const FRESH_MS = 60_000;

async function states() {
  if (seen.states.length === 0 || Date.now() - seen.atMs > FRESH_MS) {
    seen.states = [];
    for (const scanner of SCANNERS) seen.states.push({ scanner, found: await lookAt(scanner) });
    seen.atMs = Date.now();
  }
  return seen.states;
}

/** Writes down which scanners this worker has, for the console, which may be on another machine. */
export async function noteScanners(actor: JobActor): Promise<void> {
  requirePermission(actor, 'scans:write');
  const found = await states();
  const { tenantId } = actor;
  // guard: an observation of the worker about itself, repeated every few minutes; nobody's change
  await inTenant(actor, async (tx) => {
    for (const { scanner, found: state } of found) {
      const row = { ...state, checkedAt: sql`clock_timestamp()` };
      await tx
        .insert(scannerState)
        .values({ tenantId, scanner, ...row })
        .onConflictDoUpdate({ target: [scannerState.tenantId, scannerState.scanner], set: row });
    }
  });
}
