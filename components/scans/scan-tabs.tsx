import Link from 'next/link';
import { cn } from '@/components/ui/cn';

const TABS = [
  { href: '/scans', label: 'Runs' },
  { href: '/scans/targets', label: 'Targets' },
] as const;

/** Leads between what was reported and what Bulwark scans itself; each is a page of its own. */
export function ScanTabs({ current }: { current: (typeof TABS)[number]['href'] }) {
  return (
    <nav aria-label="Scans" className="flex gap-4 border-b border-line">
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
