import type { Metadata } from 'next';
import { TargetsScreen } from '@/components/assurance/scans/targets-screen';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';

export const metadata: Metadata = { title: 'Scan targets' };

export default async function ScanTargetsPage() {
  const actor = await requireActor('scans:read');
  return <TargetsScreen canWrite={may(actor, 'scanners:write')} canRun={may(actor, 'scans:write')} />;
}
