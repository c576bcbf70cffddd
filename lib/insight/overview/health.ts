import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { type ReadTx, readTenant } from '@/db/scope';
import { lastEventAt, monthsProblem, readAuditMonths, recordLagSeconds } from '@/lib/platform/audit/facts';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { SECOND_MS } from '@/lib/platform/core/clock';
import { getEnv } from '@/lib/platform/core/env/env';
import { consoleLimiter } from '@/lib/platform/rate-limit/console-limiter';
import { type LogFacts, readLogFacts } from '@/lib/platform/sealing/facts';
import type { HealthDto, HealthPartDto } from './contract';
import { supabaseHealth } from './supabase-health';

const GATE_TIMEOUT_MS = 1_500;
const WORKER_LAG_MAX_SECONDS = 60;
/** What was found speaks for so long: many screens ask at once. */
const PROBE_LASTS_MS = 5 * SECOND_MS;

const gateReadiness = z.object({
  checks: z.object({ refusedFiles: z.array(z.object({ name: z.string(), line: z.number() })) }),
});

/** The files that a gate says it cannot use, with their lines; null where there is none. */
function refusedAt(readiness: unknown): string | null {
  const files = gateReadiness.safeParse(readiness).data?.checks.refusedFiles ?? [];
  return files.map(({ name, line }) => `${name} (line ${line})`).join(', ') || null;
}

/** Asks the gate's own readiness; the address comes from the configuration, never from a request. */
async function gateHealth(): Promise<HealthPartDto> {
  const url = new URL('/readyz', getEnv().gateUrl);
  const remedy = 'Start the gate, or correct BULWARK_GATE_URL.';
  try {
    const answer = await fetch(url, {
      signal: AbortSignal.timeout(GATE_TIMEOUT_MS),
      redirect: 'error',
      cache: 'no-store',
    });
    const refused = refusedAt(await answer.json().catch(() => null));
    if (answer.ok && refused)
      return {
        part: 'gate',
        state: 'degraded',
        detail: `Ready at ${url.origin}, but it cannot use the latest version of ${refused}`,
        remedy: 'Correct the file. Until then its previous version is in effect.',
      };
    if (answer.ok) return { part: 'gate', state: 'ok', detail: `Ready at ${url.origin}`, remedy: null };
    return {
      part: 'gate',
      state: 'degraded',
      detail: `${url.origin} answers ${answer.status}`,
      remedy: 'Check the gate log.',
    };
  } catch {
    return { part: 'gate', state: 'down', detail: `${url.origin} is not responding`, remedy };
  }
}

/** Rate limits as a process finds them that counts as the console does: the same file and the same Redis. */
async function limitsHealth(): Promise<HealthPartDto> {
  const limiter = consoleLimiter();
  await limiter.ready;
  const { store, storeError, policy } = limiter.state;
  if (policy.problems.length > 0) {
    const detail = `${policy.file} has errors. The previous version is in effect`;
    return { part: 'limits', state: 'degraded', detail, remedy: 'See Policies → Rate limits.' };
  }
  if (store === 'fallback') {
    const detail = `Counted per process with a lower limit: ${storeError ?? 'Redis is not responding'}`;
    return { part: 'limits', state: 'degraded', detail, remedy: 'Check the Redis server at REDIS_URL.' };
  }
  const where = store === 'redis' ? 'in Redis' : 'in the memory of each process';
  return { part: 'limits', state: 'ok', detail: `${policy.limits} limits, counted ${where}`, remedy: null };
}

/** No version of the file was ever valid here: what stands in it is not known. */
function limitsUnread(cause: unknown): HealthPartDto {
  const detail = `The rate limits cannot be read: ${cause instanceof Error ? cause.message.split('\n')[0] : String(cause)}`;
  return { part: 'limits', state: 'degraded', detail, remedy: 'Correct the file.' };
}

async function probe(): Promise<HealthPartDto[]> {
  const limits = Promise.resolve().then(limitsHealth).catch(limitsUnread);
  const [limited, gate, supabase] = await Promise.all([limits, gateHealth(), supabaseHealth()]);
  return [limited, gate, ...supabase];
}

let probed: { parts: Promise<HealthPartDto[]>; atMs: number } | undefined;

/** What stands outside the database, as of a few seconds ago at most. Never call it within a transaction. */
export function probeParts(): Promise<HealthPartDto[]> {
  const nowMs = performance.now();
  if (!probed || nowMs - probed.atMs > PROBE_LASTS_MS) probed = { parts: probe(), atMs: nowMs };
  return probed.parts;
}

/** Whether the log can vouch for itself: the worst of what is wrong, and where it is shown. */
function sealingHealth({ problems, leaves }: LogFacts): HealthPartDto {
  const [worst] = problems;
  if (!worst) {
    const detail =
      leaves === 0
        ? 'No event has waited for long to be sealed'
        : `${leaves.toLocaleString('en')} events sealed`;
    return { part: 'sealing', state: 'ok', detail, remedy: null };
  }
  const state = worst.severity === 'critical' ? 'down' : 'degraded';
  return { part: 'sealing', state, detail: worst.sentence, remedy: 'See Audit log → Integrity.' };
}

interface DatabaseFacts extends Record<string, unknown> {
  version: string;
  migrations: number;
}

function workerHealth(lag: number | null): HealthPartDto {
  const isLate = lag === null || lag > WORKER_LAG_MAX_SECONDS;
  return {
    part: 'worker',
    state: lag === null ? 'unknown' : isLate ? 'down' : 'ok',
    detail: lag === null ? 'No jobs completed yet' : `Use of keys is counted up to ${Math.round(lag)} s ago`,
    remedy: isLate ? 'Start the worker; it promotes new secrets and counts use.' : null,
  };
}

/** What the database tells of the installation. */
export async function readParts(tx: ReadTx, tenantId: string): Promise<HealthPartDto[]> {
  const [facts] = await tx.execute<DatabaseFacts>(sql`
    select current_setting('server_version') as version,
      (select count(*)::int from drizzle.__drizzle_migrations) as migrations`);
  const lastEvent = await lastEventAt(tx, tenantId);
  const problem = monthsProblem(await readAuditMonths(tx));
  return [
    { part: 'database', state: 'ok', detail: `PostgreSQL ${facts?.version}`, remedy: null },
    { part: 'schema', state: 'ok', detail: `${facts?.migrations} migrations applied`, remedy: null },
    workerHealth(await recordLagSeconds(tx, tenantId)),
    {
      part: 'audit',
      state: problem ? 'degraded' : 'ok',
      detail: problem?.detail ?? (lastEvent ? `Last event ${lastEvent}` : 'No event yet'),
      remedy: problem?.remedy ?? null,
    },
    sealingHealth(await readLogFacts(tx, tenantId)),
  ];
}

/** All parts, as the page of health lists them. `probed` comes from `probeParts`. */
export async function readHealth(
  tx: ReadTx,
  tenantId: string,
  probed: readonly HealthPartDto[],
): Promise<HealthPartDto[]> {
  return [...(await readParts(tx, tenantId)), ...probed];
}

/** Each part of the installation and what to do where it is not well. */
export async function getHealth(actor: Actor): Promise<HealthDto> {
  requirePermission(actor, 'settings:read');
  const probed = await probeParts();
  return {
    asOf: new Date().toISOString(),
    parts: await readTenant(actor, (tx) => readHealth(tx, actor.tenantId, probed)),
  };
}
