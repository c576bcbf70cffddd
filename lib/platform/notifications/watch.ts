import { sql } from 'drizzle-orm';
import { inTenant, type WriteTx } from '@/db/scope';
import { eventsBetween, isEvent } from '@/lib/platform/audit/facts';
import type { JobActor } from '@/lib/platform/auth/contract';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '@/lib/platform/core/clock';
import { getEnv } from '@/lib/platform/core/env/env';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { notify } from './notify';

const WINDOW_MINUTES = 10;
/** So many refusals within the window are worth a notice; a caller that now and then meets a limit is not. */
export const REFUSED_MIN = 100;
const PROBE_TIMEOUT_MS = 3_000;
const PROBES_MIN = 2;
/** The worker may ask twice in a moment, as when everything starts together. */
const PROBES_SPAN_MS = 30 * SECOND_MS;

/** By then what happened is on record, so that a number stays that of the rows it leads to. */
const SETTLED_MS = 5 * SECOND_MS;

/** What goes on is told again after so long, and not before. */
const REMIND_MS = HOUR_MS;

const GATE = { type: 'gate', id: null, label: 'Gate' } as const;

/**
 * Until when something that goes on has been told of, in Unix milliseconds; null: never. The key of each telling ends with that
 * moment, and one worker at a time looks, so what happened before it is told once.
 */
async function toldUntil(tx: WriteTx, tenantId: string, what: string): Promise<number | null> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`${what} ${tenantId}`}, 0))`);
  const [last] = await tx.execute<{ key: string }>(sql`
    select dedupe_key as key from notification where tenant_id = ${tenantId}::uuid
      and dedupe_key > ${`${what} `} and dedupe_key < ${`${what} z`} order by dedupe_key desc limit 1`);
  const untilMs = last ? Date.parse(last.key.slice(what.length + 1)) : Number.NaN;
  return Number.isNaN(untilMs) ? null : untilMs;
}

interface Refusals extends Record<string, unknown> {
  count: number;
  callers: number;
  topCaller: string | null;
  since: string | null;
}

/** The events of one code in a span, by whom, and since when. */
async function readRefusals(
  tx: WriteTx,
  tenantId: string,
  code: string,
  range: { from: string; to: string },
): Promise<Refusals | undefined> {
  const [row] = await tx.execute<Refusals>(sql`
    select count(*)::int as count, count(distinct caller)::int as callers, mode() within group (order by caller) as "topCaller",
      to_json(min(at)) #>> '{}' as since
    from (select at, coalesce(actor_label, host(ip), 'unknown') as caller
      from ${eventsBetween(tenantId, range.from, range.to)} e where ${isEvent({ code, access: 'show' })}) refused`);
  return row;
}

/** The minutes to look at now, without what was told already; null while it was told lately. */
function spanOf(now: Date, toldMs: number | null): { from: string; to: string } | null {
  if (toldMs !== null && now.getTime() - toldMs < REMIND_MS) return null;
  const toMs = now.getTime() - SETTLED_MS;
  const fromMs = Math.max(toMs - WINDOW_MINUTES * MINUTE_MS, toldMs ?? 0);
  return { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
}

async function watchExceeded(tx: WriteTx, tenantId: string, now: Date): Promise<void> {
  const what = 'limits.exceeded';
  const span = spanOf(now, await toldUntil(tx, tenantId, what));
  const found = span ? await readRefusals(tx, tenantId, 'RATE_LIMITED', span) : undefined;
  if (!span || !found || found.count < REFUSED_MIN) return;
  const { count: refused, callers, topCaller } = found;
  await notify(tx, {
    tenantId,
    type: 'limits.exceeded',
    subject: { type: 'limit', id: null, label: 'Rate limits' },
    dedupeKey: `${what} ${span.to}`,
    data: { ...span, refused, callers, topCaller },
  });
}

async function watchUncounted(tx: WriteTx, tenantId: string, now: Date): Promise<void> {
  const what = 'gate.degraded limits';
  const span = spanOf(now, await toldUntil(tx, tenantId, what));
  const found = span ? await readRefusals(tx, tenantId, 'UNAVAILABLE', span) : undefined;
  if (!span || !found?.since) return;
  await notify(tx, {
    tenantId,
    type: 'gate.degraded',
    subject: { type: 'limit', id: null, label: 'Gate' },
    dedupeKey: `${what} ${span.to}`,
    data: {
      since: new Date(found.since).toISOString(),
      to: span.to,
      reason: 'Rate limits cannot be counted, so requests are denied.',
      failures: found.count,
    },
  });
}

/**
 * Looks at the last minutes of a tenant's record: many limited requests, or limits that cannot be counted. A burst is told once;
 * one that goes on is told again after an hour, with what has come since.
 */
// guard: it reads the record and writes to the outbox only; telling people of recorded events needs no event of its own
export async function watchLimits(actor: JobActor, now: Date = new Date()): Promise<void> {
  const { tenantId } = actor;
  await inTenant(actor, async (tx) => {
    await watchExceeded(tx, tenantId, now);
    await watchUncounted(tx, tenantId, now);
  });
}

export interface GateProbe {
  failures: number;
  since: Date | null;
}

const probe: GateProbe = { failures: 0, since: null };

async function gateProblem(gateUrl: string): Promise<string | null> {
  try {
    const answer = await fetch(new URL('/readyz', gateUrl), {
      signal: AbortSignal.timeout(PROBE_TIMEOUT_MS),
      redirect: 'error',
    });
    await answer.body?.cancel();
    return answer.ok ? null : `It is not ready (${answer.status}).`;
  } catch {
    return 'The gate is not responding.';
  }
}

/**
 * Asks the gate whether it is ready; after two failures in a row, half a minute apart, the operators of the home tenant are told of the
 * outage once, and again each hour that it lasts. The address comes from the configuration. Every worker asks for itself.
 */
// guard: it writes to the outbox only; the outage itself has no row to record, since the gate writes those
export async function watchGate(
  actor: JobActor,
  state: GateProbe = probe,
  gateUrl: string = getEnv().gateUrl,
  now: Date = new Date(),
): Promise<void> {
  if (actor.tenantId !== DEFAULT_TENANT_ID) return;
  const reason = await gateProblem(gateUrl);
  state.failures = reason === null ? 0 : state.failures + 1;
  state.since = reason === null ? null : (state.since ?? now);
  const { failures, since } = state;
  if (reason === null || since === null || failures < PROBES_MIN) return;
  if (now.getTime() - since.getTime() < PROBES_SPAN_MS) return;
  const what = 'gate.degraded ready';
  await inTenant(actor, async (tx) => {
    const toldMs = await toldUntil(tx, actor.tenantId, what);
    const isToldOf = toldMs !== null && toldMs >= since.getTime() - PROBES_SPAN_MS;
    if (isToldOf && now.getTime() - toldMs < REMIND_MS) return;
    await notify(tx, {
      tenantId: actor.tenantId,
      type: 'gate.degraded',
      subject: GATE,
      dedupeKey: `${what} ${now.toISOString()}`,
      data: { since: since.toISOString(), reason, failures },
    });
  });
}
