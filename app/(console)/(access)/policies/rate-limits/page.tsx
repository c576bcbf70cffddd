import type { Metadata } from 'next';
import { RateLimitsScreen } from '@/components/platform/rate-limit/rate-limits-screen';
import { requireActor } from '@/lib/platform/auth/session/page';
import { getRateLimits } from '@/lib/platform/rate-limit/queries';

export const metadata: Metadata = { title: 'Rate limits' };

export default async function RateLimitsPage() {
  const actor = await requireActor('policies:read');
  return <RateLimitsScreen initial={await getRateLimits(actor)} />;
}
