import { TabLinks } from '@/components/ui/tab-links';

const TABS = [
  { href: '/anomalies', label: 'Anomalies' },
  { href: '/anomalies/rules', label: 'Rules' },
] as const;

export function AnomalyTabs({ current }: { current: (typeof TABS)[number]['href'] }) {
  return <TabLinks label="Anomalies" tabs={TABS} current={current} />;
}
