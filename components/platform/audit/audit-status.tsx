'use client';

import { skipToken, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useDataViewState } from '@/components/data-table/use-data-view-state';
import { AUDIT_FROM, type AuditBucket, auditKeys } from './audit.queries';

/** What the view's histogram counted, once it has been fetched; it is never fetched from here. */
export function useAuditCounts(): { total: number; troubled: number; isExact: boolean } | null {
  const { range, q } = useDataViewState(AUDIT_FROM, null);
  const { data } = useQuery<AuditBucket[]>({
    queryKey: [...auditKeys.list, 'histogram', { range, q }],
    queryFn: skipToken,
  });
  if (!data) return null;
  const sum = (values: readonly number[]) => values.reduce((all, one) => all + one, 0);
  const total = sum(data.map(({ counts }) => sum(Object.values(counts))));
  const succeeded = sum(data.map(({ counts }) => counts.success ?? 0));
  return { total, troubled: total - succeeded, isExact: data.every(({ isExact }) => isExact) };
}

/** Is something wrong in the time shown: how much was refused or failed, and a way to see only that. */
export function AuditStatus(): ReactNode {
  const { addClause } = useDataViewState(AUDIT_FROM, null);
  const counted = useAuditCounts();
  if (!counted) return 'Every decision, change and sign-in in this tenant, newest first.';
  const { total, troubled, isExact } = counted;
  if (total === 0 && isExact) return 'No events match.';
  if (total === 0) return 'Too few events to estimate a count. The list below searches every event.';
  const all = `${total.toLocaleString('en')} ${total === 1 ? 'event' : 'events'}`;
  if (troubled === 0)
    return isExact ? `${all}; none denied or failed.` : `About ${all}; none denied or failed.`;
  return (
    <>
      {isExact ? '' : 'About '}
      <button
        type="button"
        className="text-ink underline underline-offset-2"
        onClick={() => addClause({ key: 'outcome', value: 'success', exclude: true })}
      >
        {troubled.toLocaleString('en')} denied or failed
      </button>{' '}
      of {all} in this time range.
    </>
  );
}
