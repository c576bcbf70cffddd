import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { sql } from 'drizzle-orm';
import { scannerState } from '@/db/schema/scanners';
import { inTenant } from '@/db/scope';
import type { JobActor } from '@/lib/auth/contract';
import { requirePermission } from '@/lib/auth/require';
import { getEnv } from '@/lib/core/env';
import { commandOf, SEARCH_PATH } from './binary';
import { SCANNER_FACTS, SCANNERS, type Scanner } from './contract';
import { DEFINITIONS } from './definitions';
import { ScanProblem } from './scan-problem';

interface Found {
  version: string | null;
  problem: string | null;
}

/** The state of one scanner on this machine: its version, or why it cannot be used. */
export async function lookAt(scanner: Scanner, settings = getEnv().scanners): Promise<Found> {
  const { name } = SCANNER_FACTS[scanner];
  if (settings.isolation === 'container') {
    const image = settings.images[scanner];
    return { version: null, problem: image ? null : `SCAN_IMAGES names no image for ${name}.` };
  }
  try {
    const [command = '', ...args] = await commandOf(scanner, settings);
    const options = {
      env: { NODE_ENV: 'production' as const, PATH: SEARCH_PATH.join(':'), HOME: '/nonexistent' },
    };
    const said = spawnSync(command, [...args, ...DEFINITIONS[scanner].versionArgs], {
      ...options,
      cwd: tmpdir(),
      encoding: 'utf8',
      timeout: 10_000,
    });
    const version = /\d+\.\d+\.\d+[\w.-]*/.exec(said.stdout ?? '')?.[0] ?? null;
    return said.status === 0
      ? { version, problem: null }
      : {
          version,
          problem: `${name} is there but does not start; try "${command} --version" on the worker.`,
        };
  } catch (error) {
    if (error instanceof ScanProblem) return { version: null, problem: error.message };
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
