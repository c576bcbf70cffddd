import type { Metadata } from 'next';
import { RateLimitsScreen } from '@/components/rate-limit/rate-limits-screen';
import { requireActor } from '@/lib/auth/page';
import { getRateLimits } from '@/lib/rate-limit/queries';

export const metadata: Metadata = { title: 'Rate limits' };

export default async function RateLimitsPage() {
  const actor = await requireActor('policies:read');
  return <RateLimitsScreen initial={await getRateLimits(actor)} />;
}
