import { sql } from 'drizzle-orm';
import { anomalyRule } from '@/db/schema/anomalies';
import { inTenant, readDeciding } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { DAY_MS, HOUR_MS } from '@/lib/platform/core/clock';
import { type Activity, floorHour, History, LocalClock } from './activity';
import { HISTORY_DAYS, REPLAY_DAYS, type ReplayDto, type RuleDto, type RuleKey } from './contract';
import { ruleOf } from './queries';
import { activityBetween } from './read-activity';
import type { AnomalyRule } from './rule';
import { RULES } from './rule-list';
import { ruleDtoOf, ruleStates } from './rule-store';

const ROWS_MAX = 300_000;
const EXAMPLES = 5;

export interface Replayed {
  hourMs: number;
  subject: string;
  sentence: string;
}

/** What a rule would have raised: the same pass over the hours that the worker makes, with what came before each. */
export function replay(
  rule: AnomalyRule,
  rows: readonly Activity[],
  span: { fromMs: number; toMs: number; timeZone: string; parameters: Record<string, number> },
): Replayed[] {
  const { fromMs, toMs, timeZone, parameters } = span;
  const history = new History(new LocalClock(timeZone));
  const byHour = Map.groupBy(rows, ({ hourMs }) => hourMs);
  const firstMs = rows[0]?.hourMs ?? fromMs;
  const lastSeen = new Map<string, number>();
  const raised: Replayed[] = [];
  for (let hourMs = Math.min(firstMs, fromMs); hourMs < toMs; hourMs += HOUR_MS) {
    const own = byHour.get(hourMs) ?? [];
    if (hourMs >= fromMs && history.daysBefore(hourMs) >= rule.learningDays) {
      for (const { subject, sentence } of rule.evaluate({
        hourMs,
        rows: own,
        isOver: true,
        history,
        parameters,
      })) {
        if (hourMs - (lastSeen.get(subject) ?? Number.NEGATIVE_INFINITY) > HOUR_MS)
          raised.push({ hourMs, subject, sentence });
        lastSeen.set(subject, hourMs);
      }
    }
    for (const row of own) history.add(row);
  }
  return raised;
}

async function replayed(actor: Actor, key: RuleKey, parameters: Record<string, number>): Promise<ReplayDto> {
  const toMs = floorHour(Date.now());
  const fromMs = toMs - REPLAY_DAYS * DAY_MS;
  const { rows, timeZone } = await readDeciding(actor, async (tx) => {
    const [tenant] = await tx.execute<{ zone: string }>(sql`
      select time_zone as zone from identity.tenant where id = ${actor.tenantId}::uuid`);
    const found = await activityBetween(tx, actor.tenantId, fromMs - HISTORY_DAYS * DAY_MS, toMs, ROWS_MAX);
    return { rows: found, timeZone: tenant?.zone ?? 'UTC' };
  });
  const raised = replay(RULES[key], rows, { fromMs, toMs, timeZone, parameters });
  const firstMs = rows[0]?.hourMs ?? toMs;
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    raised: raised.length,
    examples: raised
      .slice(-EXAMPLES)
      .reverse()
      .map(
        ({ hourMs, sentence }) =>
          `${new Date(hourMs).toISOString().slice(0, 16).replace('T', ' ')} UTC: ${sentence}`,
      ),
    isCut: rows.length === ROWS_MAX,
    historyDays: Math.max(0, Math.floor((fromMs - firstMs) / DAY_MS)),
  };
}

/** Runs a rule over the last 30 days as it is set now; only after that may it be enabled. */
export async function replayRule(actor: Actor, ruleKey: string): Promise<RuleDto> {
  requirePermission(actor, 'policies:write');
  const key = ruleOf(ruleKey);
  const { tenantId } = actor;
  const before = await readDeciding(actor, (tx) => ruleStates(tx, tenantId));
  const parameters = before.get(key)?.parameters ?? {};
  const result = await replayed(actor, key, parameters);
  return inTenant(actor, async (tx) => {
    const stored = { replay: { result, parameters }, replayedAt: new Date() };
    await tx
      .insert(anomalyRule)
      .values({ tenantId, key, parameters, ...stored })
      .onConflictDoUpdate({ target: [anomalyRule.tenantId, anomalyRule.key], set: stored });
    await recordAudit(tx, actor, {
      action: 'anomaly.rule_replayed',
      target: { type: 'anomaly_rule', id: null, label: RULES[key].title },
      details: { rule: key, parameters, raised: result.raised },
    });
    const state = (await ruleStates(tx, tenantId)).get(key);
    if (!state) throw new Error(`The rule ${key} is gone.`);
    return ruleDtoOf(state, result.historyDays + REPLAY_DAYS, Date.now());
  });
}
