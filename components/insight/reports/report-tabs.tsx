import { TabLinks } from '@/components/ui/tab-links';

const TABS = [
  { href: '/reports/metrics', label: 'Metrics' },
  { href: '/reports/weekly', label: 'Weekly report' },
] as const;

export function ReportTabs({ current }: { current: (typeof TABS)[number]['href'] }) {
  return <TabLinks label="Reports" tabs={TABS} current={current} />;
}
