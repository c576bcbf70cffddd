import { LEVELS, type Level, type StandingDto, type StandingItemDto, type StandingLevel } from './contract';

/** The worst of some levels; null of none. */
export function worstOf(levels: readonly Level[]): Level | null {
  return LEVELS.find((level) => levels.includes(level)) ?? null;
}

const NUMBERS = new Intl.NumberFormat('en');

/** `1 key expires`, `2,000 keys expire`. */
export function countedText(count: number, { one, many }: { one: string; many: string }): string {
  return `${NUMBERS.format(count)} ${count === 1 ? one : many}`;
}

const byLevel = (a: StandingItemDto, b: StandingItemDto) => LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level);

/** Worst first; within a level in the order in which facts are declared. */
export function inOrder(items: readonly StandingItemDto[]): StandingItemDto[] {
  return [...items].sort(byLevel);
}

const others = (count: number, one: string, many: string) =>
  count === 0 ? '' : `, plus ${NUMBERS.format(count)} more ${count === 1 ? one : many}`;

/**
 * Whether something is wrong, in one sentence: the overview, the weekly report, the inbox and the bell say this and nothing
 * else. "No open actions" stands there only where nothing fails, is held, waits for somebody or is unknown.
 */
export function headlineOf(items: readonly StandingItemDto[]): { level: StandingLevel; headline: string } {
  const [first] = inOrder(items);
  if (!first) return { level: 'ok', headline: 'No open actions.' };
  const { level, text } = first;
  const more = others(
    items.filter((item) => item.level !== 'info').length - 1,
    'open action',
    'open actions',
  );
  switch (level) {
    case 'danger':
      return { level, headline: `${text}${more}.` };
    case 'warning':
      return { level, headline: `Nothing urgent. ${text}${more}.` };
    case 'unknown':
      return { level, headline: `No problems found, but some data is missing. ${text}${more}.` };
    case 'info':
      return {
        level,
        headline: `No open actions. ${NUMBERS.format(items.length)} ${items.length === 1 ? 'suggestion' : 'suggestions'}.`,
      };
  }
}

/** Items with what they come to. @param asOf ISO 8601 */
export function standingOf(items: readonly StandingItemDto[], asOf: string): StandingDto {
  return { asOf, ...headlineOf(items), items: inOrder(items) };
}

/** A key's end by the days that are left; its notifications use the same steps. */
export const EXPIRY_DAYS = { danger: 1, warning: 7 } as const;
export function levelOfExpiry(daysLeft: number): Level {
  if (daysLeft <= EXPIRY_DAYS.danger) return 'danger';
  return daysLeft <= EXPIRY_DAYS.warning ? 'warning' : 'info';
}

/** A new secret that nobody uses, by the days it has waited and whether the old one ends by itself. */
export const PENDING_DAYS = { danger: 7, warning: 3 } as const;
export function levelOfPending(daysPending: number, isOldEnding: boolean): Level {
  if (isOldEnding && daysPending >= PENDING_DAYS.danger) return 'danger';
  return daysPending >= PENDING_DAYS.warning ? 'warning' : 'info';
}

/** An objective of the checklist. What is not known counts against it, and is never called a failure. */
export function levelOfObjective(state: 'fail' | 'unknown' | 'stale', severity: string): Level {
  if (state !== 'fail') return 'unknown';
  return severity === 'critical' ? 'danger' : 'warning';
}

export function levelOfAnomaly(severity: string): Level {
  if (severity === 'critical') return 'danger';
  return severity === 'low' ? 'info' : 'warning';
}

/** A finding that is open; severities as findings have them. */
export function levelOfFinding(finding: {
  severity: string;
  isExploited: boolean;
  isOverdue: boolean;
}): Level {
  const { severity, isExploited, isOverdue } = finding;
  if (severity === 'critical' || isExploited || (isOverdue && severity === 'high')) return 'danger';
  return severity === 'high' || isOverdue ? 'warning' : 'info';
}

/** A part of the installation. */
export function levelOfPart(state: 'degraded' | 'down' | 'unknown'): Level {
  return state === 'down' ? 'danger' : state === 'degraded' ? 'warning' : 'unknown';
}

const BARE = /^[^\s"\\]+$/;

/** A clause of a list's filter, such as `severity:high` or `asset:"my web"`, as addresses of the console hold it. */
export function filterClause(key: string, value: string): string {
  const text = BARE.test(value) ? value : `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
  return `${key}:${text}`;
}
