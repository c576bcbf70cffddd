import { eq } from 'drizzle-orm';
import { anomalyRule } from '@/db/schema/anomalies';
import type { ReadTx } from '@/db/scope';
import { DAY_MS } from '@/lib/platform/core/clock';
import {
  REPLAY_VALID_DAYS,
  type ReplayDto,
  RULE_KEYS,
  type RuleDto,
  type RuleKey,
  replayDto,
} from './contract';
import { RULES, standardParameters } from './rule-list';

export interface StoredReplay {
  result: ReplayDto;
  parameters: Record<string, number>;
}

export interface RuleState {
  key: RuleKey;
  isEnabled: boolean;
  parameters: Record<string, number>;
  replay: StoredReplay | null;
  replayedAt: Date | null;
  evaluatedTo: Date | null;
  version: number;
}

const sameParameters = (a: Record<string, number>, b: Record<string, number>) =>
  Object.keys(a).length === Object.keys(b).length &&
  Object.entries(a).every(([key, value]) => b[key] === value);

/** Whether a replay shows what the rule would do as it is set now. */
export function isReplayed({ replay, replayedAt, parameters }: RuleState, nowMs: number): boolean {
  if (!replay || !replayedAt || nowMs - replayedAt.getTime() > REPLAY_VALID_DAYS * DAY_MS) return false;
  return sameParameters(replay.parameters, parameters);
}

/** Every rule as the tenant has it; one that nobody touched is off, with standard parameters. */
export async function ruleStates(tx: ReadTx, tenantId: string): Promise<Map<RuleKey, RuleState>> {
  const rows = await tx.select().from(anomalyRule).where(eq(anomalyRule.tenantId, tenantId));
  const stored = new Map(rows.map((row) => [row.key, row]));
  return new Map(
    RULE_KEYS.map((key) => {
      const row = stored.get(key);
      return [
        key,
        {
          key,
          isEnabled: row?.isEnabled ?? false,
          parameters: { ...standardParameters(RULES[key]), ...row?.parameters },
          replay: (row?.replay as StoredReplay | null | undefined) ?? null,
          replayedAt: row?.replayedAt ?? null,
          evaluatedTo: row?.evaluatedTo ?? null,
          version: row?.version ?? 0,
        },
      ];
    }),
  );
}

export function ruleDtoOf(state: RuleState, historyDays: number, nowMs: number): RuleDto {
  const rule = RULES[state.key];
  return {
    key: rule.key,
    title: rule.title,
    about: rule.about,
    severity: rule.severity,
    isEnabled: state.isEnabled,
    isLearning: historyDays < rule.learningDays,
    learningDays: rule.learningDays,
    parameters: Object.entries(rule.parameters).map(([key, { label, standard, min, max }]) => ({
      key,
      label,
      standard,
      min,
      max,
      value: state.parameters[key] ?? standard,
    })),
    replay: state.replay ? replayDto.parse(state.replay.result) : null,
    replayedAt: state.replayedAt?.toISOString() ?? null,
    canEnable: isReplayed(state, nowMs),
    evaluatedTo: state.evaluatedTo?.toISOString() ?? null,
    version: state.version,
  };
}
