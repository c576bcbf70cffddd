import type { Activity, History } from './activity';
import type { AnomalySeverity, RuleKey } from './contract';

export interface RuleParameter {
  label: string;
  standard: number;
  min: number;
  max: number;
}

/** One hour as a rule sees it. */
export interface Look {
  hourMs: number;
  /** What is on record of this hour so far. */
  rows: readonly Activity[];
  /** The hour is over. */
  isOver: boolean;
  history: History;
  parameters: Readonly<Record<string, number>>;
}

/** Something unusual in one hour. */
export interface Candidate {
  /** Whom or what it is about: the same one is told once while it goes on. */
  subject: string;
  label: string;
  severity: AnomalySeverity;
  /** One sentence: what happened and what is usual. */
  sentence: string;
  observed: string;
  usual: string;
  count: number;
  /** The filter of the audit log that shows its rows. */
  q: string;
}

/** One rule of one file: pure, so that a replay and the worker say the same. */
export interface AnomalyRule {
  key: RuleKey;
  title: string;
  about: string;
  severity: AnomalySeverity;
  /** Days of history that it needs before it says anything. */
  learningDays: number;
  parameters: Readonly<Record<string, RuleParameter>>;
  evaluate(look: Look): Candidate[];
}

export const plural = (count: number, one: string, many: string): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`;

export const sumOf = (rows: readonly Activity[]): number => rows.reduce((sum, { count }) => sum + count, 0);

/** The filter that shows the rows of an actor. */
export function actorFilter(actor: string): string {
  const at = actor.indexOf(':');
  const [kind, value] = [actor.slice(0, at), actor.slice(at + 1)];
  return `${kind === 'key' ? 'key' : 'actor'}:${JSON.stringify(value)}`;
}
