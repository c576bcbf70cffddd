import { sql } from 'drizzle-orm';
import { z } from 'zod';
import { readTenant } from '@/db/scope';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { getEnv } from '@/lib/platform/core/env/env';
import { consoleLimiter } from '@/lib/platform/rate-limit/console-limiter';
import { type LogFacts, readLogFacts } from '@/lib/platform/sealing/facts';
import type { HealthDto, HealthPartDto } from './contract';
import { supabaseHealth } from './supabase-health';

const GATE_TIMEOUT_MS = 1_500;
const WORKER_LAG_MAX_SECONDS = 60;

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

/** The limiter of this process; the gate's says the same of itself in its metrics. */
function limitsHealth(): HealthPartDto {
  const { store, storeError, policy } = consoleLimiter().state;
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

/** Whether the log can vouch for itself: the worst of what is wrong, and where it is shown. */
function sealingHealth({ problems, leaves }: LogFacts): HealthPartDto {
  const [worst] = problems;
  if (!worst) {
    const state = leaves === 0 ? 'unknown' : 'ok';
    const detail = leaves === 0 ? 'Nothing is sealed yet' : `${leaves.toLocaleString('en')} events sealed`;
    return { part: 'sealing', state, detail, remedy: null };
  }
  const state = worst.severity === 'critical' ? 'down' : 'degraded';
  return { part: 'sealing', state, detail: worst.sentence, remedy: 'See Audit log → Integrity.' };
}

interface DatabaseFacts extends Record<string, unknown> {
  version: string;
  migrations: number;
  worker_lag_seconds: number | null;
  last_event: string | null;
  newest_month: string | null;
}

function partsOf(facts: DatabaseFacts): HealthPartDto[] {
  const lag = facts.worker_lag_seconds;
  const isWorkerLate = lag === null || lag > WORKER_LAG_MAX_SECONDS;
  return [
    { part: 'database', state: 'ok', detail: `PostgreSQL ${facts.version}`, remedy: null },
    { part: 'schema', state: 'ok', detail: `${facts.migrations} migrations applied`, remedy: null },
    {
      part: 'worker',
      state: lag === null ? 'unknown' : isWorkerLate ? 'down' : 'ok',
      detail:
        lag === null ? 'No jobs completed yet' : `Use of keys is counted up to ${Math.round(lag)} s ago`,
      remedy: isWorkerLate ? 'Start the worker; it promotes new secrets and counts use.' : null,
    },
    {
      part: 'audit',
      state: facts.newest_month ? 'ok' : 'degraded',
      detail: facts.last_event ? `Last event ${new Date(facts.last_event).toISOString()}` : 'No event yet',
      remedy: facts.newest_month ? null : 'Run "bulwark migrate" to create partitions for the coming months.',
    },
  ];
}

/** Each part of the installation and what to do where it is not well. */
export async function getHealth(actor: Actor): Promise<HealthDto> {
  requirePermission(actor, 'settings:read');
  const gate = gateHealth();
  const supabase = supabaseHealth();
  const facts = await readTenant(actor, async (tx) => {
    const [row] = await tx.execute<DatabaseFacts>(sql`
      select current_setting('server_version') as version,
        (select count(*)::int from drizzle.__drizzle_migrations) as migrations,
        (select extract(epoch from now() - max(until))::float8 from rollup_watermark where tenant_id = ${actor.tenantId}) as worker_lag_seconds,
        (select max(at) from audit_event where tenant_id = ${actor.tenantId} and at > now() - interval '31 days') as last_event,
        to_regclass('public.audit_event_' || to_char((now() + interval '1 month') at time zone 'UTC', 'YYYY_MM'))::text as newest_month`);
    return row && { ...row, log: await readLogFacts(tx, actor.tenantId) };
  });
  const parts = facts ? [...partsOf(facts), sealingHealth(facts.log)] : [];
  return {
    asOf: new Date().toISOString(),
    parts: [...parts, limitsHealth(), await gate, ...(await supabase)],
  };
}
