import type { Metadata } from 'next';
import { UnreadableScreen } from '@/components/response/detections/unreadable-screen';
import { requireActor } from '@/lib/platform/auth/session/page';

export const metadata: Metadata = { title: 'Could not be read' };

export default async function UnreadablePage() {
  await requireActor('detections:read');
  return <UnreadableScreen />;
}
