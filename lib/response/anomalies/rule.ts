import { isId } from '@/lib/platform/core/ids';
import { filterClause } from '@/lib/platform/facts/rules';
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
  /** The filter of the audit log that shows, within the hour, exactly the events that `count` counts. */
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

/** The filter that shows the rows of an actor: by id, or of whoever was named and is nobody known. */
export function actorFilter(actor: string): string {
  const value = actor.slice(actor.indexOf(':') + 1);
  return isId(value) ? `actor:${value}` : `actor:none ${filterClause('caller', value)}`;
}

/** The filter that shows what succeeded, of some actions; of access to the console and the API too. */
export function doneFilter(rows: readonly Activity[]): string {
  const actions = [...new Set(rows.map(({ action }) => action))].sort();
  return `${actions.map((action) => `action:${action}`).join(' ')} outcome:success access:show`;
}
