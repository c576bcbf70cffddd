import type { ReportLine, ReportSection } from '@/lib/insight/reports/contract';
import { EVENT_KINDS, type EventFilter, eventsHref } from '@/lib/platform/audit/event-kinds-contract';
import { countEventKinds } from '@/lib/platform/audit/facts';
import { DAY_MS } from '@/lib/platform/core/clock';
import { type Frame, iso, line, numberText, section } from './section';

const SHOWN = {
  allowed: { text: 'requests allowed by the gate', filter: EVENT_KINDS.allowed },
  denied: { text: 'requests denied by the gate', filter: EVENT_KINDS.denied },
  undecided: { text: 'requests that the gate could not decide', filter: EVENT_KINDS.undecided },
  limited: { text: 'requests denied by a rate limit', filter: EVENT_KINDS.limited },
  failedSignIns: { text: 'sign-ins that failed', filter: EVENT_KINDS.failedSignIns },
} as const satisfies Record<string, { text: string; filter: EventFilter }>;
type Kind = keyof typeof SHOWN;
const KINDS = Object.keys(SHOWN) as Kind[];

/** What the gate decided, what limits refused, and sign-ins that failed, beside the seven days before. */
export async function access({ tx, tenantId, period }: Frame): Promise<ReportSection> {
  const filters = Object.fromEntries(KINDS.map((kind) => [kind, SHOWN[kind].filter]));
  const week = { from: iso(period.fromMs), to: iso(period.toMs) };
  const before = { from: iso(period.fromMs - 7 * DAY_MS), to: week.from };
  const now = await countEventKinds(tx, tenantId, filters, week);
  const then = await countEventKinds(tx, tenantId, filters, before);
  if (now.total === 0)
    return section('access', { lines: [], empty: 'No data: no events were recorded in this period.' });
  const lineOf = (kind: Kind): ReportLine =>
    line(SHOWN[kind].text, {
      value: numberText(now.counts[kind] ?? 0),
      detail:
        then.total > 0
          ? `${numberText(then.counts[kind] ?? 0)} in the previous 7 days`
          : 'no data for the previous 7 days',
      path: eventsHref(SHOWN[kind].filter, week),
    });
  const kinds = KINDS.filter((kind) => kind !== 'undecided' || (now.counts.undecided ?? 0) > 0);
  return section('access', { lines: kinds.map(lineOf), empty: '' });
}
