import { bruteForce } from '@/lib/response/anomalies/rules/brute-force';
import { guardLowered } from '@/lib/response/anomalies/rules/guard-lowered';
import { massExport } from '@/lib/response/anomalies/rules/mass-export';
import { newValue } from '@/lib/response/anomalies/rules/new-value';
import { offHours } from '@/lib/response/anomalies/rules/off-hours';
import { stoppedSource } from '@/lib/response/anomalies/rules/stopped-source';
import { volume } from '@/lib/response/anomalies/rules/volume';
import type { RuleKey } from './contract';
import type { AnomalyRule } from './rule';

/** Every rule there is, in the order of the screen. */
export const RULES: Readonly<Record<RuleKey, AnomalyRule>> = {
  brute_force: bruteForce,
  new_value: newValue,
  volume,
  stopped_source: stoppedSource,
  guard_lowered: guardLowered,
  off_hours: offHours,
  mass_export: massExport,
};

export function standardParameters(rule: AnomalyRule): Record<string, number> {
  return Object.fromEntries(Object.entries(rule.parameters).map(([key, { standard }]) => [key, standard]));
}
