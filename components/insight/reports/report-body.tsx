import Link from 'next/link';
import { cn } from '@/components/ui/cn';
import { PageSection } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '@/components/ui/table';
import {
  type ReportLine,
  type ReportSection,
  type ReportWeek,
  SECTIONS,
} from '@/lib/insight/reports/contract';
import { ToneMark } from './report-tone';

function LineText({ line }: { line: ReportLine }) {
  const text = (
    <>
      {line.value === null ? null : <strong className="font-semibold">{line.value} </strong>}
      {line.text}
    </>
  );
  if (line.path === null) return <span className="min-w-0 break-words">{text}</span>;
  return (
    <Link
      href={line.path}
      prefetch={false}
      className="min-w-0 break-words underline decoration-line-strong underline-offset-2 hover:decoration-ink"
    >
      {text}
    </Link>
  );
}

function Line({ line, isUrgent }: { line: ReportLine; isUrgent: boolean }) {
  return (
    <li className="flex flex-wrap items-baseline gap-x-4 gap-y-0.5 border-line border-t px-4 py-2 first:border-t-0">
      {isUrgent ? (
        <span className="w-20 shrink-0 self-start">
          <ToneMark tone={line.tone} />
        </span>
      ) : null}
      <span className="flex min-w-0 flex-1 basis-56 flex-col">
        <LineText line={line} />
        {line.detail === null ? null : (
          <span
            className={cn(
              'break-words text-sm',
              line.tone === 'warning' && !isUrgent ? 'text-warning-text' : 'text-muted',
            )}
          >
            {line.detail}
          </span>
        )}
      </span>
      {line.who === null ? null : <span className="text-sm text-muted">{line.who}</span>}
    </li>
  );
}

function Weeks({ weeks }: { weeks: readonly ReportWeek[] }) {
  const most = Math.max(1, ...weeks.map(({ open }) => open));
  return (
    <div className="border-line border-t px-4 py-2">
      <Table data-density="compact" aria-label="Findings by week">
        <TableHead>
          <TableRow>
            <TableHeader>Week of</TableHeader>
            <TableHeader numeric>Found</TableHeader>
            <TableHeader numeric>Fixed</TableHeader>
            <TableHeader numeric>Open</TableHeader>
            <TableHeader className="w-2/5 max-sm:hidden">
              <span className="sr-only">Open, as a bar</span>
            </TableHeader>
          </TableRow>
        </TableHead>
        <TableBody>
          {weeks.map(({ from, found, fixed, open }) => (
            <TableRow key={from}>
              <TableCell className="whitespace-nowrap">{from}</TableCell>
              <TableCell numeric>{found.toLocaleString('en')}</TableCell>
              <TableCell numeric>{fixed.toLocaleString('en')}</TableCell>
              <TableCell numeric>{open.toLocaleString('en')}</TableCell>
              <TableCell className="max-sm:hidden">
                <span
                  aria-hidden="true"
                  className="block h-2 rounded-xs bg-faint/60"
                  style={{ width: `${(open / most) * 100}%` }}
                />
              </TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </div>
  );
}

function Section({ section }: { section: ReportSection }) {
  return (
    <PageSection title={section.title} description={SECTIONS[section.key].description}>
      <Panel>
        {section.lines.length === 0 ? <p className="px-4 py-3 text-muted">{section.empty}</p> : null}
        <ul>
          {section.lines.map((line, i) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a report never changes
            <Line key={i} line={line} isUrgent={section.key === 'needs' || section.key === 'keys'} />
          ))}
        </ul>
        {section.more > 0 && section.morePath !== null ? (
          <p className="border-line border-t px-4 py-2 text-sm">
            <Link href={section.morePath} prefetch={false} className="text-accent-text underline">
              {section.more} more
            </Link>
          </p>
        ) : null}
        {section.weeks ? <Weeks weeks={section.weeks} /> : null}
      </Panel>
    </PageSection>
  );
}

/** A report as it was made. */
export function ReportBody({ sections }: { sections: readonly ReportSection[] }) {
  return sections.map((section) => <Section key={section.key} section={section} />);
}
