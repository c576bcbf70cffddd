import Link from 'next/link';
import { cn } from '@/components/ui/cn';

const TABS = [
  { href: '/reports/metrics', label: 'Metrics' },
  { href: '/reports/weekly', label: 'Weekly report' },
] as const;

/** Leads between the reports; each is a page of its own. */
export function ReportTabs({ current }: { current: (typeof TABS)[number]['href'] }) {
  return (
    <nav aria-label="Reports" data-print="hide" className="flex gap-4 border-b border-line">
      {TABS.map(({ href, label }) => (
        <Link
          key={href}
          href={href}
          aria-current={href === current ? 'page' : undefined}
          className={cn(
            '-mb-px flex h-9 items-center border-b-2 border-transparent text-base text-muted hover:text-ink',
            href === current && 'border-ink font-medium text-ink',
          )}
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}
