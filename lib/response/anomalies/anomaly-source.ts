import { isRuleKey, type RuleKey } from './contract';
import { RULES } from './rule-list';

/** What finds anomalies beside the rules: always on, without parameters. */
const BUILT_IN = { audit_log: 'Audit log integrity' } as const;
type BuiltIn = keyof typeof BUILT_IN;

export type AnomalySource = RuleKey | BuiltIn;

const isBuiltIn = (text: string): text is BuiltIn => Object.hasOwn(BUILT_IN, text);

/** The title of a rule; of one that this version does not know, its key. */
export function sourceTitle(source: string): string {
  if (isRuleKey(source)) return RULES[source].title;
  return isBuiltIn(source) ? BUILT_IN[source] : source;
}
