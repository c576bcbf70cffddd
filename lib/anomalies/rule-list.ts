import type { RuleKey } from './contract';
import type { AnomalyRule } from './rule';
import { bruteForce } from './rules/brute-force';
import { guardLowered } from './rules/guard-lowered';
import { massExport } from './rules/mass-export';
import { newValue } from './rules/new-value';
import { offHours } from './rules/off-hours';
import { stoppedSource } from './rules/stopped-source';
import { volume } from './rules/volume';

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
