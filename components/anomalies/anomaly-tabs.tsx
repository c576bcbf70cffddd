import Link from 'next/link';
import { cn } from '@/components/ui/cn';

const TABS = [
  { href: '/anomalies', label: 'Found' },
  { href: '/anomalies/rules', label: 'Rules' },
] as const;

export function AnomalyTabs({ current }: { current: (typeof TABS)[number]['href'] }) {
  return (
    <nav aria-label="Anomalies" className="flex gap-4 border-line border-b">
      {TABS.map(({ href, label }) => (
        <Link
          key={href}
          href={href}
          aria-current={href === current ? 'page' : undefined}
          className={cn(
            '-mb-px flex h-9 items-center border-transparent border-b-2 text-base text-muted hover:text-ink',
            href === current && 'border-ink font-medium text-ink',
          )}
        >
          {label}
        </Link>
      ))}
    </nav>
  );
}
