import type { Metadata } from 'next';
import { ExceptionsScreen } from '@/components/response/detections/exceptions-screen';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';

export const metadata: Metadata = { title: 'Detection exceptions' };

export default async function ExceptionsPage() {
  const actor = await requireActor('detections:read');
  return <ExceptionsScreen canWrite={may(actor, 'detections:write')} />;
}
