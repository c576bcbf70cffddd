import { sql } from 'drizzle-orm';
import { inTenant, type WriteTx } from '@/db/scope';
import type { JobActor } from '@/lib/platform/auth/contract';
import { MINUTE_MS, SECOND_MS } from '@/lib/platform/core/clock';
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

const GATE = { type: 'gate', id: null, label: 'Gate' } as const;
const hourOf = (time: Date) => time.toISOString().slice(0, 13);

interface Refusals extends Record<string, unknown> {
  refused: number;
  callers: number;
  top_caller: string | null;
  uncounted: number;
  uncounted_since: Date | null;
}

async function readRefusals(
  tx: WriteTx,
  tenantId: string,
  from: Date,
  to: Date,
): Promise<Refusals | undefined> {
  const [row] = await tx.execute<Refusals>(sql`
    with refused as (
      select code, at, coalesce(actor_label, host(ip), 'unknown') as caller from audit_event
      where tenant_id = ${tenantId}::uuid and at >= ${from.toISOString()}::timestamptz
        and at < ${to.toISOString()}::timestamptz and code in ('RATE_LIMITED', 'UNAVAILABLE')
    )
    select count(*) filter (where code = 'RATE_LIMITED')::int as refused,
      count(distinct caller) filter (where code = 'RATE_LIMITED')::int as callers,
      mode() within group (order by caller) filter (where code = 'RATE_LIMITED') as top_caller,
      count(*) filter (where code = 'UNAVAILABLE')::int as uncounted,
      min(at) filter (where code = 'UNAVAILABLE') as uncounted_since
    from refused`);
  return row;
}

/** Looks at the last minutes of a tenant's record: many limited requests, or limits that cannot be counted. Told once an hour. */
// guard: it reads the record and writes to the outbox only; telling people of recorded events needs no event of its own
export async function watchLimits(actor: JobActor, now: Date = new Date()): Promise<void> {
  const { tenantId } = actor;
  const from = new Date(now.getTime() - WINDOW_MINUTES * MINUTE_MS);
  await inTenant(actor, async (tx) => {
    const found = await readRefusals(tx, tenantId, from, now);
    if (found && found.refused >= REFUSED_MIN) {
      await notify(tx, {
        tenantId,
        type: 'limits.exceeded',
        subject: { type: 'limit', id: null, label: 'Rate limits' },
        dedupeKey: `limits.exceeded ${hourOf(now)}`,
        data: {
          from: from.toISOString(),
          to: now.toISOString(),
          refused: found.refused,
          callers: found.callers,
          topCaller: found.top_caller,
        },
      });
    }
    if (found && found.uncounted > 0) {
      await notify(tx, {
        tenantId,
        type: 'gate.degraded',
        subject: GATE,
        dedupeKey: `gate.degraded limits ${hourOf(now)}`,
        data: {
          since: new Date(found.uncounted_since ?? from).toISOString(),
          reason: 'Rate limits cannot be counted, so requests are denied.',
          failures: found.uncounted,
        },
      });
    }
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
 * Asks the gate whether it is ready; after two failures in a row, half a minute apart, the operators of the home tenant are told, once an
 * hour. The address comes from the configuration. Every worker asks for itself; the dedupe key is the same for all.
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
  await inTenant(actor, (tx) =>
    notify(tx, {
      tenantId: actor.tenantId,
      type: 'gate.degraded',
      subject: GATE,
      dedupeKey: `gate.degraded ready ${hourOf(now)}`,
      data: { since: since.toISOString(), reason, failures },
    }),
  );
}
