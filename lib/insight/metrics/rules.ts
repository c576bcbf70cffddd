/** The first of a month as Postgres writes a date: `2026-11-01`. */
export const firstOf = (month: string): string => `${month}-01`;
export const monthOf = (date: string): string => date.slice(0, 7);

/** The month so many months later, or earlier. */
export function addMonths(month: string, months: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const index = year * 12 + (number - 1) + months;
  return `${Math.floor(index / 12)}-${String((index % 12) + 1).padStart(2, '0')}`;
}

/** All months from the first to the last one. */
export function monthsBetween(from: string, to: string): string[] {
  const months: string[] = [];
  for (let month = from; month <= to; month = addMonths(month, 1)) months.push(month);
  return months;
}

/** The time to patch looks at the episodes that began in so many days up to the end of a month. */
export const COHORT_DAYS = 365;

export interface EpisodeEvent {
  /** ISO 8601. */
  at: string;
  changes: Readonly<Record<string, unknown>>;
}

/** From when a finding is there until it is not. Times are ISO 8601. */
export interface Episode {
  severity: string;
  openedAt: string;
  endedAt: string | null;
  ending: 'open' | 'fixed' | 'dismissed';
  isReopened: boolean;
  /** Fixed before it was due; false where it is not fixed or never due. */
  inTime: boolean;
}

const DISMISSALS = new Set(['false_positive', 'not_affected', 'suppressed_in_tool']);

interface Life {
  severity: string;
  detection: string;
  decision: string;
  openedAt: string;
  dueAt: string | null;
  fixedAt: string | null;
}

const iso = (text: string) => new Date(text).toISOString();

function endingOf(life: Life, kind: string, at: string): Pick<Episode, 'ending' | 'endedAt'> {
  if (DISMISSALS.has(life.decision)) return { ending: 'dismissed', endedAt: at };
  if (life.detection === 'absent') return { ending: 'fixed', endedAt: life.fixedAt ?? at };
  if (kind === 'secret' && life.decision === 'resolved_manually') return { ending: 'fixed', endedAt: at };
  return { ending: 'open', endedAt: null };
}

function isInTime({ ending, endedAt }: Pick<Episode, 'ending' | 'endedAt'>, dueAt: string | null): boolean {
  return ending === 'fixed' && endedAt !== null && dueAt !== null && Date.parse(endedAt) <= Date.parse(dueAt);
}

/**
 * The episodes in a finding's events, oldest first. Once the finding is gone its episode is over: what is decided later
 * changes it no more. A dismissal of what is still there ends it, and taking the dismissal back opens it again.
 */
export function episodesOf(kind: string, events: readonly EpisodeEvent[]): Episode[] {
  const episodes: Episode[] = [];
  let life = { decision: 'none' } as Life;
  for (const { at, changes } of events) {
    const wasGone = life.detection === 'absent';
    life = { ...life, ...changes };
    const begins = typeof changes.openedAt === 'string';
    let episode = episodes.at(-1);
    if (begins || !episode) {
      episode = {
        severity: life.severity,
        openedAt: iso(life.openedAt),
        endedAt: null,
        ending: 'open',
        isReopened: episodes.length > 0,
        inTime: false,
      };
      episodes.push(episode);
    } else if (wasGone) continue;
    const ended = endingOf(life, kind, iso(at));
    episode.severity = life.severity;
    if (ended.ending !== episode.ending) Object.assign(episode, ended);
    episode.inTime = isInTime(episode, life.dueAt ?? null);
  }
  return episodes;
}

/** So many episodes that were watched for so many days, and how it ended: patched, or not as far as is known. */
export interface Watched {
  days: number;
  isPatched: boolean;
  count: number;
}

/** The Kaplan–Meier estimate of the time to patch; `medianDays` null: fewer than half were patched as far as is known. */
export interface TimeToPatch {
  medianDays: number | null;
  n: number;
  censored: number;
}

/**
 * Kaplan and Meier (1958): S(t) is the product over the days with a patch of 1 - patched / watched; the median is the
 * first day on which S is at most one half. Whoever is censored on a day is still watched on that day.
 */
export function timeToPatch(watched: readonly Watched[]): TimeToPatch {
  const n = watched.reduce((sum, { count }) => sum + count, 0);
  const censored = watched.reduce((sum, { isPatched, count }) => sum + (isPatched ? 0 : count), 0);
  const byDay = new Map<number, { patched: number; all: number }>();
  for (const { days, isPatched, count } of watched) {
    const day = byDay.get(days) ?? { patched: 0, all: 0 };
    day.all += count;
    if (isPatched) day.patched += count;
    byDay.set(days, day);
  }
  let atRisk = n;
  let surviving = 1;
  for (const [days, { patched, all }] of [...byDay].sort(([a], [b]) => a - b)) {
    if (patched > 0) surviving *= 1 - patched / atRisk;
    if (patched > 0 && surviving <= 0.5 + Number.EPSILON) return { medianDays: days, n, censored };
    atRisk -= all;
  }
  return { medianDays: null, n, censored };
}
