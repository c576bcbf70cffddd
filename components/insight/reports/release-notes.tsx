import Link from 'next/link';
import { monthLabel } from '@/components/charts/month-chart-data';
import { Panel } from '@/components/ui/panel';
import { Time } from '@/components/ui/time';
import type { MonthlyMetricsDto } from '@/lib/insight/metrics/contract';

/** What the dotted lines of the charts stand for, for those who cannot point at them too. */
export function ReleaseNotes({
  notes,
  months,
}: {
  notes: MonthlyMetricsDto['notes'];
  months: readonly string[];
}) {
  const shown = notes.filter(({ month }) => months.includes(month));
  if (shown.length === 0) return null;
  return (
    <Panel className="flex flex-col gap-2 p-4">
      <h2 className="font-semibold text-base">Releases, the dotted lines</h2>
      <ul aria-label="Releases in these months">
        {shown.map(({ at, month, label, href }) => (
          <li
            key={href}
            className="flex flex-wrap items-baseline justify-between gap-x-4 border-line border-t py-1.5 first:border-t-0"
          >
            <Link href={href} prefetch={false} className="min-w-0 break-words hover:underline">
              {label}
            </Link>
            <span className="text-muted text-sm">
              {monthLabel(month)}, <Time value={at} precision="minute" />
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
