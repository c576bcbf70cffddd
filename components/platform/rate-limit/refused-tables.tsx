import Link from 'next/link';
import { StackedRow, StackedTable } from '@/components/ui/stacked-table';
import { TableCell } from '@/components/ui/table';
import { Time } from '@/components/ui/time';
import type { RateLimitsDto } from '@/lib/platform/rate-limit/contract';

const linkClass = 'text-accent-text underline underline-offset-2';

/** Who was refused most in the last hour; each leads to the rows behind the number. */
export function TopSubjects({ subjects }: { subjects: RateLimitsDto['topSubjects'] }) {
  return (
    <StackedTable columns={['Key or address', 'Limit', 'Last', { name: 'Refused', numeric: true }]}>
      {subjects.map((subject) => (
        <StackedRow key={subject.href}>
          <TableCell className="font-mono">{subject.label}</TableCell>
          <TableCell className="font-mono">{subject.limit ?? '–'}</TableCell>
          <TableCell className="whitespace-nowrap">
            <Time value={subject.lastAt} mode="relative" />
          </TableCell>
          <TableCell numeric>
            <Link href={subject.href} className={linkClass}>
              {subject.refused.toLocaleString('en')}
            </Link>
          </TableCell>
        </StackedRow>
      ))}
    </StackedTable>
  );
}

/** The newest refusals. */
export function Violations({ violations, href }: { violations: RateLimitsDto['violations']; href: string }) {
  return (
    <StackedTable columns={['Time', 'Limit', 'Who', 'Address', 'Request']}>
      {violations.map((violation) => (
        <StackedRow key={violation.id}>
          <TableCell className="whitespace-nowrap">
            <Link href={`${href}&open=${violation.id}`} className={linkClass}>
              <Time value={violation.at} />
            </Link>
          </TableCell>
          <TableCell className="font-mono">{violation.limit ?? '–'}</TableCell>
          <TableCell>{violation.actor ?? '–'}</TableCell>
          <TableCell className="font-mono">{violation.ip ?? '–'}</TableCell>
          <TableCell className="max-w-96 truncate font-mono">
            {[violation.method, violation.path].filter((part) => part !== null).join(' ') || '–'}
          </TableCell>
        </StackedRow>
      ))}
    </StackedTable>
  );
}
