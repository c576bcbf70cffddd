'use client';

import { useInfiniteQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { QueryProblem } from '@/components/shell/query-problem';
import { Button } from '@/components/ui/button';
import { Severity } from '@/components/ui/severity';
import { Skeleton } from '@/components/ui/skeleton';
import { Tabs } from '@/components/ui/tabs';
import {
  type FindingDto,
  SCAN_DIFF_PARTS,
  type ScanDiffPart,
  type ScanDto,
} from '@/lib/assurance/findings/contract';
import { scanDiffQuery } from './scans.queries';

const PART_WORDS: Record<ScanDiffPart, string> = {
  new: 'New',
  reopened: 'Came back',
  changed: 'Changed',
  fixed: 'Fixed',
  held: 'Would be closed',
};

function Row({ finding }: { finding: FindingDto }) {
  return (
    <li className="flex flex-col gap-0.5 border-line border-t px-3 py-2 first:border-t-0">
      <span className="flex items-center gap-3">
        <Severity level={finding.severity} />
        <code className="ml-auto truncate text-muted text-xs">{finding.package ?? finding.path ?? ''}</code>
      </span>
      <Link
        href={`/findings?q=state%3Aany&open=${finding.id}`}
        prefetch={false}
        className="line-clamp-2 break-words text-sm hover:underline"
      >
        {finding.title}
      </Link>
    </li>
  );
}

function Part({ scanId, part }: { scanId: string; part: ScanDiffPart }) {
  const list = useInfiniteQuery(scanDiffQuery(scanId, part));
  if (list.isError) return <QueryProblem queries={[list]} title="Could not load the findings" />;
  if (!list.data) return <Skeleton className="h-40" />;
  const findings = list.data.pages.flatMap(({ items }) => items);
  if (findings.length === 0)
    return <p className="text-muted text-sm">No findings are in this state any more.</p>;
  return (
    <div className="flex flex-col items-start gap-2">
      <ul className="w-full rounded-md border border-line">
        {findings.map((finding) => (
          <Row key={finding.id} finding={finding} />
        ))}
      </ul>
      {list.hasNextPage ? (
        <Button size="sm" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Show more
        </Button>
      ) : null}
    </div>
  );
}

/** What a run changed against the last one of its stream, finding by finding. */
export function ScanDiff({
  scan,
  part,
  onPart,
}: {
  scan: ScanDto;
  /** The one that is shown; null: the first. */
  part: ScanDiffPart | null;
  onPart: (part: ScanDiffPart) => void;
}) {
  const { counts } = scan;
  const parts = SCAN_DIFF_PARTS.filter(
    (one) => counts && counts[one] > 0 && (one !== 'held' || scan.status === 'held'),
  );
  if (parts.length === 0) return null;
  return (
    <section aria-label="Compared with the previous scan" className="flex flex-col gap-2">
      <h3 className="font-medium text-base">Compared with the previous scan</h3>
      <Tabs
        label="What it changed"
        value={part ?? parts[0]}
        onValueChange={onPart}
        tabs={parts.map((one) => ({
          value: one,
          label: PART_WORDS[one],
          count: counts?.[one],
          content: <Part scanId={scan.id} part={one} />,
        }))}
      />
    </section>
  );
}
