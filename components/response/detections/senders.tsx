'use client';

import { useQuery } from '@tanstack/react-query';
import { QueryProblem } from '@/components/shell/query-problem';
import { Panel } from '@/components/ui/panel';
import { SkeletonLines } from '@/components/ui/skeleton';
import { StackedRow, StackedTable } from '@/components/ui/stacked-table';
import { TableCell } from '@/components/ui/table';
import { Time } from '@/components/ui/time';
import { sensorsQuery } from './sensors.queries';

const TYPES: Readonly<Record<string, string>> = { key: 'Key', source: 'Event source', console: 'Console' };
const COLUMNS = [
  'Sender',
  'Type',
  { name: 'Events', numeric: true },
  { name: 'Summarized', numeric: true },
  { name: 'Unreadable', numeric: true },
  'Last',
] as const;

/** Who has sent events: how many, and how many of them were only counted. */
export function Senders() {
  const query = useQuery(sensorsQuery);
  const senders = query.data?.senders ?? [];
  return (
    <Panel>
      <QueryProblem queries={[query]} title="Could not load the senders" />
      {query.isPending ? (
        <div className="p-4">
          <SkeletonLines lines={3} label="Loading senders" />
        </div>
      ) : null}
      {query.data && senders.length === 0 ? (
        <p className="px-4 py-3 text-muted">Nobody has sent anything yet.</p>
      ) : null}
      {senders.length > 0 ? (
        <StackedTable aria-label="Senders" columns={COLUMNS}>
          {senders.map(({ type, id, label, events, summarized, unreadable, lastAt }) => (
            <StackedRow key={`${type} ${id}`}>
              <TableCell>{label}</TableCell>
              <TableCell>{TYPES[type] ?? type}</TableCell>
              <TableCell numeric>{events.toLocaleString('en')}</TableCell>
              <TableCell numeric>{summarized.toLocaleString('en')}</TableCell>
              <TableCell numeric>{unreadable.toLocaleString('en')}</TableCell>
              <TableCell>
                <Time value={lastAt} mode="relative" />
              </TableCell>
            </StackedRow>
          ))}
        </StackedTable>
      ) : null}
    </Panel>
  );
}
