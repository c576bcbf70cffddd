import type { Metadata } from 'next';
import { RotationPolicyScreen } from '@/components/access/api-keys/rotation/rotation-policy-screen';
import { getRotationPolicy } from '@/lib/access/api-keys/rotation/rotation-queries';
import { may } from '@/lib/platform/auth/rules';
import { requireActor } from '@/lib/platform/auth/session/page';

export const metadata: Metadata = { title: 'Rotation' };

export default async function RotationPolicyPage() {
  const actor = await requireActor('policies:read');
  const initial = await getRotationPolicy(actor);
  return <RotationPolicyScreen initial={initial} canWrite={may(actor, 'policies:write')} />;
}
