import { sql } from 'drizzle-orm';
import { inTenant, type WriteTx } from '@/db/scope';
import { markUntil } from '@/lib/platform/audit/facts';
import type { JobActor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '@/lib/platform/core/clock';
import { type Activity, floorHour } from './activity';
import { HISTORY_DAYS } from './contract';
import { ACTIVITY_MARK } from './count-activity';
import { raise } from './raise';
import { activityBetween, historyOf } from './read-activity';
import { RULES } from './rule-list';
import { type RuleState, ruleStates } from './rule-store';

/** What a stop of the worker may leave behind; older hours are not looked at again. */
const CATCH_UP_HOURS = 48;
const ROWS_MAX = 20_000;
/** So long after its end an hour may still gain rows that were on their way (count-activity.ts counts no later ones). */
const LATE_MS = 2 * MINUTE_MS;

interface Now extends Record<string, unknown> {
  countedMs: number | null;
  timeZone: string;
}

/** Up to when the record is counted, and where the tenant is; one worker at a time. */
async function nowOf(tx: WriteTx, tenantId: string): Promise<Now | null> {
  const [turn] = await tx.execute<{ ours: boolean }>(
    sql`select pg_try_advisory_xact_lock(hashtextextended(${`anomalies ${tenantId}`}, 0)) as ours`,
  );
  if (!turn?.ours) return null;
  const [now] = await tx.execute<Now>(sql`
    select (extract(epoch from ${markUntil(tenantId, ACTIVITY_MARK)}) * 1000)::float8 as "countedMs",
      t.time_zone as "timeZone" from identity.tenant t
    where t.id = ${tenantId}::uuid`);
  return now ?? null;
}

/** From when on a rule looks: never at what came before it was turned on, however far behind the counting is. */
function fromOf({ evaluatedTo }: RuleState, toMs: number): number {
  return Math.max(toMs - CATCH_UP_HOURS * HOUR_MS, floorHour(evaluatedTo?.getTime() ?? toMs));
}

async function evaluateHour(
  tx: WriteTx,
  actor: JobActor,
  states: readonly RuleState[],
  hour: { hourMs: number; countedMs: number; timeZone: string; rows: readonly Activity[] },
): Promise<void> {
  const { hourMs, countedMs, timeZone, rows } = hour;
  const span = { fromMs: hourMs - HISTORY_DAYS * DAY_MS, toMs: hourMs, timeZone };
  const history = await historyOf(tx, actor.tenantId, rows, span);
  const isOver = countedMs >= hourMs + HOUR_MS + LATE_MS;
  for (const { key, parameters } of states) {
    const rule = RULES[key];
    if (history.daysBefore(hourMs) < rule.learningDays) continue;
    const found = rule.evaluate({ hourMs, rows, isOver, history, parameters });
    for (const candidate of found) await raise(tx, actor, key, candidate, hourMs);
  }
}

async function saveMarks(
  tx: WriteTx,
  tenantId: string,
  states: readonly RuleState[],
  toMs: number,
): Promise<void> {
  const keys = JSON.stringify(states.map(({ key }) => key));
  await tx.execute(sql`
    update anomaly_rule set evaluated_to = greatest(evaluated_to, ${new Date(toMs).toISOString()}::timestamptz)
    where tenant_id = ${tenantId}::uuid and key in (select jsonb_array_elements_text(${keys}::jsonb))`);
}

/**
 * Looks at the hours since the last time, and again at the one that runs or has just ended, with the rules that are on.
 * Looking twice finds the same anomaly again, not a second one.
 */
export async function evaluateRules(actor: JobActor): Promise<void> {
  requirePermission(actor, 'policies:write');
  const { tenantId } = actor;
  await inTenant(actor, async (tx) => {
    const now = await nowOf(tx, tenantId);
    const enabled = [...(await ruleStates(tx, tenantId)).values()].filter(({ isEnabled }) => isEnabled);
    if (!now || now.countedMs === null || enabled.length === 0) return;
    const { countedMs, timeZone } = now;
    const toMs = floorHour(countedMs);
    const spans = enabled.map((state) => ({ state, fromMs: fromOf(state, toMs) }));
    const fromMs = Math.min(...spans.map((span) => span.fromMs));
    const rows = await activityBetween(tx, tenantId, fromMs, toMs + HOUR_MS, ROWS_MAX);
    const byHour = Map.groupBy(rows, ({ hourMs }) => hourMs);
    for (let hourMs = fromMs; hourMs <= toMs; hourMs += HOUR_MS) {
      const states = spans.filter((span) => span.fromMs <= hourMs).map(({ state }) => state);
      await evaluateHour(tx, actor, states, { hourMs, countedMs, timeZone, rows: byHour.get(hourMs) ?? [] });
    }
    await saveMarks(tx, tenantId, enabled, floorHour(countedMs - LATE_MS));
  });
}
