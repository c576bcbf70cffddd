import { TabLinks } from '@/components/ui/tab-links';

const TABS = [
  { href: '/detections', label: 'Groups' },
  { href: '/detections/events', label: 'Events' },
  { href: '/detections/sensors', label: 'Sensors' },
  { href: '/detections/exceptions', label: 'Exceptions' },
  { href: '/detections/sources', label: 'Sources' },
] as const;

/** The pages of detections. */
export function DetectionTabs({ current }: { current: (typeof TABS)[number]['href'] }) {
  return <TabLinks label="Detections" tabs={TABS} current={current} />;
}
