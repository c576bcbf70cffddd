import Link from 'next/link';
import { cn } from './cn';

export interface TabLink {
  href: string;
  label: string;
}

/** Leads between sibling pages; each is a page of its own with its own address. */
export function TabLinks({
  label,
  tabs,
  current,
}: {
  label: string;
  tabs: readonly TabLink[];
  current: string;
}) {
  return (
    <nav aria-label={label} data-print="hide" className="flex gap-4 border-line border-b">
      {tabs.map((tab) => (
        <Link
          key={tab.href}
          href={tab.href}
          aria-current={tab.href === current ? 'page' : undefined}
          className={cn(
            '-mb-px flex h-9 items-center border-transparent border-b-2 text-base text-muted hover:text-ink',
            tab.href === current && 'border-ink font-medium text-ink',
          )}
        >
          {tab.label}
        </Link>
      ))}
    </nav>
  );
}
