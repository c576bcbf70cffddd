import { sql } from 'drizzle-orm';
import { anomalyRule } from '@/db/schema/anomalies';
import { inTenant } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { requireMatch } from '@/lib/platform/core/http/etag';
import { REPLAY_DAYS, type RuleDto, type UpdateRuleInput, updateRuleInput } from './contract';
import { historyDaysOf, ruleOf } from './queries';
import type { AnomalyRule } from './rule';
import { RULES } from './rule-list';
import { isReplayed, type RuleState, ruleDtoOf, ruleStates } from './rule-store';

/** @throws AppError `bad_request` for a parameter that the rule does not have or that is out of bounds */
function checkParameters(rule: AnomalyRule, parameters: Record<string, number>): void {
  for (const [key, value] of Object.entries(parameters)) {
    const bounds = rule.parameters[key];
    const message = bounds
      ? `${bounds.label}: enter a number from ${bounds.min} to ${bounds.max}.`
      : `The rule has no parameter "${key}".`;
    const isIn = bounds !== undefined && value >= bounds.min && value <= bounds.max;
    if (!isIn)
      throw new AppError('bad_request', message, { fields: [{ path: `parameters/${key}`, message }] });
  }
}

function nextState(before: RuleState, input: UpdateRuleInput): RuleState {
  const parameters = { ...before.parameters, ...input.parameters };
  const next = {
    ...before,
    parameters,
    isEnabled: input.isEnabled ?? before.isEnabled,
    version: before.version + 1,
  };
  if (input.isEnabled && !isReplayed(next, Date.now()))
    throw new AppError(
      'conflict',
      `Replay the rule over the last ${REPLAY_DAYS} days first to see what it would have found with these settings.`,
    );
  return next;
}

/**
 * Turns a rule on or off, or changes its numbers. It is turned on only after a recent replay with these numbers; other
 * numbers turn it off until then.
 */
export async function updateRule(
  actor: Actor,
  ruleKey: string,
  given: UpdateRuleInput,
  ifMatch: string | null = null,
): Promise<RuleDto> {
  requirePermission(actor, 'policies:write');
  const input = updateRuleInput.parse(given);
  const key = ruleOf(ruleKey);
  checkParameters(RULES[key], input.parameters ?? {});
  const { tenantId } = actor;
  return inTenant(actor, async (tx) => {
    await tx.execute(
      sql`select pg_advisory_xact_lock(hashtextextended(${`anomaly rule ${tenantId} ${key}`}, 0))`,
    );
    const before = (await ruleStates(tx, tenantId)).get(key);
    if (!before) throw new Error(`The rule ${key} is gone.`);
    requireMatch(ifMatch, before.version);
    const next = nextState(before, input);
    const isStale = next.isEnabled && !isReplayed(next, Date.now()) && input.parameters !== undefined;
    const { parameters, version } = next;
    const set = {
      parameters,
      version,
      isEnabled: next.isEnabled && !isStale,
      ...(next.isEnabled && !before.isEnabled
        ? { evaluatedTo: new Date(), firstEnabledAt: sql`coalesce(${anomalyRule.firstEnabledAt}, now())` }
        : {}),
    };
    await tx
      .insert(anomalyRule)
      .values({ tenantId, key, ...set, ...(set.isEnabled ? { firstEnabledAt: new Date() } : {}) })
      .onConflictDoUpdate({ target: [anomalyRule.tenantId, anomalyRule.key], set });
    await recordAudit(tx, actor, {
      action: 'anomaly.rule_changed',
      target: { type: 'anomaly_rule', id: null, label: RULES[key].title },
      details: {
        rule: key,
        before: { isEnabled: before.isEnabled, parameters: before.parameters },
        after: { isEnabled: set.isEnabled, parameters },
      },
    });
    return ruleDtoOf({ ...next, ...set }, await historyDaysOf(tx, tenantId), Date.now());
  });
}
