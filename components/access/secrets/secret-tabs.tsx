import { TabLinks } from '@/components/ui/tab-links';

const TABS = [
  { href: '/secrets', label: 'List' },
  { href: '/secrets/backends', label: 'Backends' },
] as const;

export function SecretTabs({ current }: { current: (typeof TABS)[number]['href'] }) {
  return <TabLinks label="Secrets" tabs={TABS} current={current} />;
}
