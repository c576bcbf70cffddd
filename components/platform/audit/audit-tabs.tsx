import { TabLinks } from '@/components/ui/tab-links';

const TABS = [
  { href: '/audit', label: 'Events' },
  { href: '/audit/integrity', label: 'Integrity' },
] as const;

export function AuditTabs({ current }: { current: (typeof TABS)[number]['href'] }) {
  return <TabLinks label="Audit log" tabs={TABS} current={current} />;
}
