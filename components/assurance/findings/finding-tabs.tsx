import { TabLinks } from '@/components/ui/tab-links';

const TABS = [
  { href: '/findings', label: 'List' },
  { href: '/findings/due', label: 'Due' },
] as const;

export function FindingTabs({ current }: { current: (typeof TABS)[number]['href'] }) {
  return <TabLinks label="Findings" tabs={TABS} current={current} />;
}
