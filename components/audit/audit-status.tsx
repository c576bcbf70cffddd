'use client';

import { skipToken, useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useDataViewState } from '@/components/data-table/use-data-view-state';
import { AUDIT_FROM, type AuditBucket, auditKeys } from './audit.queries';

function sum(buckets: readonly AuditBucket[], outcome?: string): number {
  return buckets.reduce((total, { counts }) => {
    const values = outcome === undefined ? Object.values(counts) : [counts[outcome] ?? 0];
    return values.reduce((all, one) => all + one, total);
  }, 0);
}

/** Is something wrong in the time shown: how much was refused or failed, and a way to see only that. */
export function AuditStatus(): ReactNode {
  const url = useDataViewState(AUDIT_FROM, null);
  const { data } = useQuery<AuditBucket[]>({
    queryKey: [...auditKeys.list, 'histogram', { range: url.range, q: url.q }],
    queryFn: skipToken,
  });
  if (!data) return 'Every decision, change and sign-in of this tenant, in the order in which it happened.';
  const total = sum(data);
  if (total === 0) return 'Nothing is recorded for this question.';
  const troubled = total - sum(data, 'success');
  const about = data.every(({ isExact }) => isExact) ? '' : 'about ';
  const count = `${about}${total.toLocaleString('en')} ${total === 1 ? 'event' : 'events'}`;
  if (troubled === 0) return `None of ${count} was refused or failed.`;
  return (
    <>
      <button
        type="button"
        className="text-ink underline underline-offset-2"
        onClick={() => url.addClause({ key: 'outcome', value: 'success', exclude: true })}
      >
        {about}
        {troubled.toLocaleString('en')} refused or failed
      </button>{' '}
      of {count} in this time.
    </>
  );
}
