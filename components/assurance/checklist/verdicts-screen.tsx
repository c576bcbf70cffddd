'use client';

import { useQuery } from '@tanstack/react-query';
import { PackageCheck } from 'lucide-react';
import Link from 'next/link';
import { QueryProblem } from '@/components/shell/query-problem';
import { EmptyState } from '@/components/ui/empty-state';
import { PageBody, PageHeader } from '@/components/ui/page-header';
import { StackedRow, StackedTable } from '@/components/ui/stacked-table';
import { TableCell } from '@/components/ui/table';
import { Time } from '@/components/ui/time';
import type { VerdictListDto } from '@/lib/assurance/checklist/contract';
import { verdictsQuery } from './checklist.queries';
import { VerdictStatus } from './verdict-screen';

/** What the release gate said, newest first. */
export function VerdictsScreen({ initial }: { initial: VerdictListDto }) {
  const query = useQuery({ ...verdictsQuery, initialData: initial });
  const { items } = query.data;
  const [last] = items;
  return (
    <PageBody width="read">
      <PageHeader
        title="Releases"
        status={
          last
            ? `Latest: ${last.release} ${last.verdict === 'pass' ? 'passed' : 'failed'}.`
            : 'No releases checked yet.'
        }
      />
      <QueryProblem queries={[query]} title="Could not refresh the verdicts" />
      {items.length === 0 ? (
        <EmptyState
          icon={<PackageCheck aria-hidden />}
          title="No releases checked yet"
          code="BULWARK_URL=… BULWARK_API_KEY=… bulwark release-gate --release v1.2"
          copyLabel="Copy the command"
        >
          Run this in CI with a key that has the checklist:read and checklist:run scopes. The exit code tells
          you whether the release passed.
        </EmptyState>
      ) : (
        <StackedTable columns={['Release', 'Verdict', 'Blocked by', 'Environment', 'Asked by', 'When']}>
          {items.map((verdict) => (
            <StackedRow key={verdict.id}>
              <TableCell>
                <Link
                  href={`/checklist/releases/${verdict.id}`}
                  prefetch={false}
                  className="font-medium text-accent-text underline"
                >
                  {verdict.release}
                </Link>
              </TableCell>
              <TableCell>
                <VerdictStatus verdict={verdict} />
              </TableCell>
              <TableCell>
                {verdict.items.filter(({ isBlocking }) => isBlocking).length} of {verdict.items.length}
              </TableCell>
              <TableCell>{verdict.environment}</TableCell>
              <TableCell>{verdict.by}</TableCell>
              <TableCell>
                <Time value={verdict.decidedAt} />
              </TableCell>
            </StackedRow>
          ))}
        </StackedTable>
      )}
    </PageBody>
  );
}
