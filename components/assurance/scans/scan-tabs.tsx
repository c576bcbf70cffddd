import { TabLinks } from '@/components/ui/tab-links';

const TABS = [
  { href: '/scans', label: 'Scans' },
  { href: '/scans/targets', label: 'Targets' },
] as const;

/** Leads between what was reported and what Bulwark scans itself. */
export function ScanTabs({ current }: { current: (typeof TABS)[number]['href'] }) {
  return <TabLinks label="Scans" tabs={TABS} current={current} />;
}
