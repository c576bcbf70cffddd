import Link from 'next/link';
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '@/components/ui/table';
import { Time } from '@/components/ui/time';
import type { RateLimitsDto } from '@/lib/rate-limit/contract';
import { refusedHref } from './rate-limits.utils';

const linkClass = 'text-accent-text underline underline-offset-2';

/** Who was refused most in the last hour; each leads to the rows behind the number. */
export function TopSubjects({ subjects }: { subjects: RateLimitsDto['topSubjects'] }) {
  return (
    <Table>
      <TableHead>
        <TableRow>
          <TableHeader>Key or address</TableHeader>
          <TableHeader>Limit</TableHeader>
          <TableHeader>Last</TableHeader>
          <TableHeader numeric>Refused</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {subjects.map((subject) => (
          <TableRow key={`${subject.filter} ${subject.label}`}>
            <TableCell className="font-mono">{subject.label}</TableCell>
            <TableCell className="font-mono">{subject.limit ?? '–'}</TableCell>
            <TableCell className="whitespace-nowrap">
              <Time value={subject.lastAt} mode="relative" />
            </TableCell>
            <TableCell numeric>
              <Link href={refusedHref(subject.filter)} className={linkClass}>
                {subject.refused.toLocaleString('en')}
              </Link>
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

/** The newest refusals. */
export function Violations({ violations }: { violations: RateLimitsDto['violations'] }) {
  return (
    <Table>
      <TableHead>
        <TableRow>
          <TableHeader>Time</TableHeader>
          <TableHeader>Limit</TableHeader>
          <TableHeader>Who</TableHeader>
          <TableHeader>Address</TableHeader>
          <TableHeader>Request</TableHeader>
        </TableRow>
      </TableHead>
      <TableBody>
        {violations.map((violation) => (
          <TableRow key={violation.id}>
            <TableCell className="whitespace-nowrap">
              <Link href={`${refusedHref()}&open=${violation.id}`} className={linkClass}>
                <Time value={violation.at} />
              </Link>
            </TableCell>
            <TableCell className="font-mono">{violation.limit ?? '–'}</TableCell>
            <TableCell>{violation.actor ?? '–'}</TableCell>
            <TableCell className="font-mono">{violation.ip ?? '–'}</TableCell>
            <TableCell className="max-w-96 truncate font-mono">
              {[violation.method, violation.path].filter((part) => part !== null).join(' ') || '–'}
            </TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
