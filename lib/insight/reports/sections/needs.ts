import type { ReportLine, ReportSection, ReportTone } from '@/lib/insight/reports/contract';
import type { Level, StandingItemDto } from '@/lib/platform/facts/contract';
import type { Fact, Person } from '@/lib/platform/facts/fact';
import { type Frame, line, nameOf, numberText, section } from './section';

const TONES: Readonly<Record<Level, ReportTone>> = {
  danger: 'danger',
  warning: 'warning',
  unknown: 'neutral',
  info: 'neutral',
};

/** Each owner with how many are theirs; what nobody owns is the operators'. */
function whoOf(count: number, people: readonly Person[]): string {
  const left = count - people.reduce((sum, person) => sum + person.count, 0);
  const parts = people.map(({ who, count: theirs }) =>
    people.length === 1 && left === 0 ? nameOf(who) : `${nameOf(who)} ${theirs}`,
  );
  if (left > 0) parts.push(parts.length === 0 ? 'operators' : `operators ${left}`);
  return parts.join(', ').slice(0, 120);
}

/** The day on which the first of them began, where the tenant is. */
function sinceText({ since, count }: StandingItemDto, timeZone: string): string | null {
  if (since === null) return null;
  const day = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short', year: 'numeric' });
  return `${count === 1 ? 'since' : 'oldest since'} ${day.format(new Date(since))}`;
}

function textOf(item: StandingItemDto, { one, many, absence }: Fact) {
  if (absence) return { value: null, text: absence };
  return { value: numberText(item.count), text: item.count === 1 ? one : many };
}

/** One line for a fact that holds, with whom it concerns; its number is that of the list it opens. */
async function lineOf(frame: Frame, item: StandingItemDto, fact: Fact): Promise<ReportLine> {
  const { tx, tenantId, timeZone } = frame;
  const { value, text } = textOf(item, fact);
  return line(text, {
    value,
    detail: sinceText(item, timeZone),
    who: whoOf(item.count, (await fact.people?.(tx, tenantId)) ?? []),
    tone: TONES[item.level],
    path: item.href,
  });
}

/** What is overdue, waits for somebody or is broken at this moment: what the overview says, in its words and its order. */
export async function needs(frame: Frame): Promise<ReportSection> {
  const lines: ReportLine[] = [];
  for (const item of frame.standing.items) {
    const fact = frame.facts.find(({ key }) => key === item.key);
    if (fact && item.level !== 'info') lines.push(await lineOf(frame, item, fact));
  }
  return section('needs', { lines, morePath: '/overview', empty: 'No open actions.' });
}
