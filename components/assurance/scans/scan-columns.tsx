import type { DataColumn, FilterKey } from '@/components/data-table/data-view-types';
import { Time } from '@/components/ui/time';
import { SCAN_NEEDS, SCAN_STATUSES, type ScanDto, TOOLS } from '@/lib/assurance/findings/contract';
import { isIncomplete, noteOf, ScanStatusMark, toolNameOf, uploaderOf } from './scan-words';

const none = <span className="text-faint">–</span>;

function Count({ scan, of }: { scan: ScanDto; of: 'new' | 'fixed' | 'unchanged' }) {
  return scan.counts ? scan.counts[of].toLocaleString('en') : none;
}

function State({ scan }: { scan: ScanDto }) {
  const note = noteOf(scan);
  return (
    <span className="flex min-w-0 items-baseline gap-3">
      <span className="shrink-0">
        <ScanStatusMark status={scan.status} isIncomplete={isIncomplete(scan)} />
      </span>
      {note ? <span className="truncate text-muted">{note}</span> : null}
    </span>
  );
}

export const scanColumns: readonly DataColumn<ScanDto>[] = [
  {
    id: 'asset',
    header: 'Asset',
    width: 120,
    hideable: false,
    cell: ({ asset }) => <span className="truncate">{asset.name}</span>,
    filterKey: 'asset',
    filterValue: ({ asset }) => asset.name,
  },
  {
    id: 'status',
    header: 'State',
    cell: (scan) => <State scan={scan} />,
    filterKey: 'status',
    filterValue: ({ status }) => status,
  },
  {
    id: 'tool',
    header: 'Tool',
    width: 88,
    cell: (scan) => toolNameOf(scan) ?? none,
    filterKey: 'tool',
    filterValue: ({ tool }) => tool,
  },
  {
    id: 'branch',
    header: 'Branch',
    width: 80,
    cell: ({ branch }) => <span className="truncate">{branch}</span>,
    filterKey: 'branch',
    filterValue: ({ branch }) => branch,
  },
  {
    id: 'category',
    header: 'Category',
    width: 80,
    cell: ({ category }) => category || none,
    filterKey: 'category',
    filterValue: ({ category }) => category || null,
  },
  { id: 'new', header: 'New', width: 60, align: 'right', cell: (scan) => <Count scan={scan} of="new" /> },
  {
    id: 'fixed',
    header: 'Fixed',
    width: 60,
    align: 'right',
    cell: (scan) => <Count scan={scan} of="fixed" />,
  },
  {
    id: 'unchanged',
    header: 'Unchanged',
    width: 88,
    align: 'right',
    cell: (scan) => <Count scan={scan} of="unchanged" />,
  },
  {
    id: 'createdAt',
    header: 'When',
    width: 112,
    cell: ({ createdAt }) => <Time value={createdAt} mode="relative" />,
  },
  {
    id: 'by',
    header: 'By',
    width: 96,
    cell: (scan) => <span className="truncate">{uploaderOf(scan)}</span>,
    filterKey: 'by',
    filterValue: ({ uploadedByName }) => uploadedByName,
  },
];

export const scanFilterKeys: FilterKey[] = [
  { key: 'status', label: 'Status', values: SCAN_STATUSES },
  { key: 'is', label: 'Newest of its source, and failed or old', values: SCAN_NEEDS },
  { key: 'tool', label: 'The scanner', values: TOOLS },
  { key: 'asset', label: 'What was scanned' },
  { key: 'branch', label: 'The branch' },
  { key: 'category', label: 'Category' },
  { key: 'by', label: 'Uploaded by' },
];

/** A run on a phone. */
export function ScanCard({ scan }: { scan: ScanDto }) {
  const note = noteOf(scan);
  return (
    <span className="flex flex-col gap-1">
      <span className="flex items-center justify-between gap-2">
        <span className="truncate font-medium">{scan.asset.name}</span>
        <span className="shrink-0">
          <ScanStatusMark status={scan.status} isIncomplete={isIncomplete(scan)} />
        </span>
      </span>
      {note ? <span className="truncate text-muted text-xs">{note}</span> : null}
      {scan.counts ? (
        <span className="text-muted text-xs">
          <Count scan={scan} of="new" /> new, <Count scan={scan} of="fixed" /> fixed,{' '}
          <Count scan={scan} of="unchanged" /> unchanged
        </span>
      ) : null}
      <span className="flex justify-between gap-3 text-muted text-xs">
        <span className="truncate">
          {[toolNameOf(scan), scan.branch, scan.category].filter(Boolean).join(', ')}
        </span>
        <Time value={scan.createdAt} mode="relative" />
      </span>
    </span>
  );
}
