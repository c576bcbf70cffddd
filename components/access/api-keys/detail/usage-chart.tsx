'use client';

import { useRouter } from 'next/navigation';
import { Histogram } from '@/components/charts/histogram';
import type { KeyDto } from '@/lib/access/api-keys/contract';
import { HOUR_MS } from '@/lib/platform/core/clock';
import { usageHref } from './audit-href';
import { usageSentence } from './usage-sentence';

const SERIES = [
  { key: 'allowed', label: 'Allowed', tone: 'neutral' },
  { key: 'refused', label: 'Denied', tone: 'danger' },
] as const;

/** The key's requests per hour; choosing a span opens its rows in the audit log. */
export function UsageChart({ keyDto }: { keyDto: KeyDto }) {
  const router = useRouter();
  const openAudit = (fromMs: number, toMs: number) => {
    router.push(usageHref(keyDto, { fromMs, toMs }));
  };
  if (keyDto.usage.every(({ allowed, refused }) => allowed + refused === 0)) {
    return <p className="py-2 text-sm text-faint">{usageSentence(keyDto.usage)}.</p>;
  }
  return (
    <Histogram
      title="Requests per hour"
      series={SERIES}
      buckets={keyDto.usage.map(({ hour, allowed, refused }) => ({
        startMs: Date.parse(hour),
        endMs: Date.parse(hour) + HOUR_MS,
        counts: { allowed, refused },
      }))}
      height={96}
      onRange={openAudit}
    />
  );
}
