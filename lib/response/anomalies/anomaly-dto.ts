import type { anomaly } from '@/db/schema/anomalies';
import { HOUR_MS } from '@/lib/platform/core/clock';
import { AppError } from '@/lib/platform/core/errors';
import { sourceTitle } from './anomaly-source';
import type { AnomalyDto } from './contract';

type Row = typeof anomaly.$inferSelect;

export const missing = () => new AppError('not_found', 'Anomaly not found in this tenant.');

export function anomalyDtoOf(row: Row): AnomalyDto {
  const { facts, firstAt, lastAt } = row;
  const eventsFrom = (first: Date, last: Date) => {
    const range = { from: first.toISOString(), to: new Date(last.getTime() + HOUR_MS).toISOString() };
    return `/audit?${new URLSearchParams({ q: facts.q, ...range })}`;
  };
  const at = facts.at ? new Date(facts.at) : firstAt;
  return {
    id: row.id,
    rule: row.rule,
    ruleTitle: sourceTitle(row.rule),
    subject: row.subject,
    label: row.label,
    severity: row.severity,
    sentence: row.sentence,
    observed: facts.observed,
    usual: facts.usual,
    count: row.count,
    firstAt: firstAt.toISOString(),
    lastAt: lastAt.toISOString(),
    raisedAt: row.raisedAt.toISOString(),
    isMuted: row.muteId !== null,
    state: row.state,
    note: row.note,
    triagedBy: row.triagedBy,
    triagedAt: row.triagedAt?.toISOString() ?? null,
    version: row.version,
    href: eventsFrom(at, at),
    spanHref: lastAt > firstAt ? eventsFrom(firstAt, lastAt) : null,
  };
}
