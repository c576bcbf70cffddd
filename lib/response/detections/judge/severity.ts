import { isTechniqueId } from '@/lib/response/detections/attack-rules';
import {
  DETECTION_SEVERITIES,
  type DetectionSeverity,
  MATURITIES,
  type Maturity,
  type SeverityStepDto,
} from '@/lib/response/detections/contract';
import type { FalcoEvent } from '@/lib/response/detections/parse/falco-event';
import { scalarOf } from '@/lib/response/detections/parse/fields';
import type { DetectionPolicy } from '@/lib/response/detections/policy/policy-schema';
import { publicRule } from './rule-index';

export interface JudgedSeverity {
  severity: DetectionSeverity;
  steps: SeverityStepDto[];
}

export interface RuleFacts {
  maturity: Maturity;
  techniques: string[];
  tactics: string[];
}

const ESCAPE_TO_HOST = 'T1611';
const ON_HOST = 'host';
const LISTED_MAX = 20;

/** 0 is the worst. */
export const severityRank = (severity: DetectionSeverity): number => DETECTION_SEVERITIES.indexOf(severity);

function maturityIn(tags: readonly string[]): Maturity | null {
  for (const tag of tags) {
    const named = tag.startsWith('maturity_') ? tag.slice('maturity_'.length) : null;
    const known = MATURITIES.find((maturity) => maturity === named);
    if (known) return known;
  }
  return null;
}

/** Maturity, techniques and tactics of an event's rule: from its tags, else from the list of public rules. */
export function ruleFactsOf({ rule, tags }: Pick<FalcoEvent, 'rule' | 'tags'>): RuleFacts {
  const known = publicRule(rule);
  const techniques = tags.filter(isTechniqueId).slice(0, LISTED_MAX);
  const tactics = tags.filter((tag) => tag.startsWith('mitre_')).map((tag) => tag.slice('mitre_'.length));
  return {
    maturity: maturityIn(tags) ?? known?.maturity ?? 'unknown',
    techniques: techniques.length > 0 ? techniques : [...(known?.techniques ?? [])],
    tactics: tactics.length > 0 ? tactics.slice(0, LISTED_MAX) : [...(known?.tactics ?? [])],
  };
}

function moved(severity: DetectionSeverity, change: number): DetectionSeverity {
  const rank = Math.min(DETECTION_SEVERITIES.length - 1, Math.max(0, severityRank(severity) - change));
  return DETECTION_SEVERITIES[rank] ?? severity;
}

/** Works out a severity step by step; a step that changes nothing is not listed. */
class Judgement {
  readonly steps: SeverityStepDto[] = [];

  constructor(
    private severity: DetectionSeverity,
    why: string,
  ) {
    this.steps.push({ why, change: null, to: severity });
  }

  move(change: number, why: string): void {
    if (change === 0) return;
    this.severity = moved(this.severity, change);
    this.steps.push({ why, change, to: this.severity });
  }

  set(severity: DetectionSeverity, why: string): void {
    this.severity = severity;
    this.steps.push({ why, change: null, to: severity });
  }

  get result(): JudgedSeverity {
    return { severity: this.severity, steps: this.steps };
  }
}

const MATURITY_WORDS: Record<Maturity, string> = {
  stable: 'stable rule',
  incubating: 'incubating rule',
  sandbox: 'sandbox rule',
  deprecated: 'deprecated rule',
  unknown: 'rule of unknown maturity',
};

/** Priority × maturity × scope, as the policy weighs them. */
export function judgeFalco(event: FalcoEvent, facts: RuleFacts, policy: DetectionPolicy): JudgedSeverity {
  const { priorities, maturity, host, rules } = policy.severity;
  const judgement = new Judgement(priorities[event.priority], `priority ${event.priority}`);
  judgement.move(maturity[facts.maturity], MATURITY_WORDS[facts.maturity]);
  if (facts.techniques.includes(ESCAPE_TO_HOST)) judgement.move(host, 'escape to the host');
  else if (scalarOf(event.values, 'container.id') === ON_HOST) judgement.move(host, 'on the host itself');
  const fixed = rules.find(({ rule }) => rule === event.rule);
  if (fixed) judgement.set(fixed.severity, `set for this rule in ${policy.file}`);
  return judgement.result;
}

/** The label `severity` of an alert, as the policy reads it. */
export function judgeAlert(given: string | null, policy: DetectionPolicy): JudgedSeverity {
  const { severities, unknown } = policy.alertmanager;
  const known = given === null ? undefined : severities.get(given.toLowerCase());
  const why =
    given === null
      ? 'the alert has no label severity'
      : known
        ? `label severity=${given}`
        : `unknown label severity=${given}`;
  return new Judgement(known ?? unknown, why).result;
}
