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
  if (!counted)
    return 'Every decision, change and sign-in of this tenant, in the order in which it happened.';
  const { total, troubled, isExact } = counted;
  if (total === 0 && isExact) return 'Nothing is recorded for this question.';
  if (total === 0) return 'Too rare to count ahead: the list below looks through every event.';
  const all = `${total.toLocaleString('en')} ${total === 1 ? 'event' : 'events'}`;
  if (troubled === 0)
    return isExact
      ? `None of ${all} was refused or failed.`
      : `About ${all}, none of them refused or failed.`;
  return (
    <>
      {isExact ? '' : 'About '}
      <button
        type="button"
        className="text-ink underline underline-offset-2"
        onClick={() => addClause({ key: 'outcome', value: 'success', exclude: true })}
      >
        {troubled.toLocaleString('en')} refused or failed
      </button>{' '}
      of {all} in this time.
    </>
  );
}
