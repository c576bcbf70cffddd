'use client';

import { useQuery } from '@tanstack/react-query';
import Link from 'next/link';
import { Callout } from '@/components/ui/callout';
import { WATCHED_FILES, type WatchedFileDto } from '@/lib/platform/core/watched-files-contract';
import { apiFetch } from './api-client';

const REFETCH_MS = 60_000;

/** Says on every page that what is in effect is not what the newest version of a file says. */
export function PolicyFileBanner() {
  const { data } = useQuery({
    queryKey: ['policy-files'],
    queryFn: ({ signal }) => apiFetch<{ items: WatchedFileDto[] }>('/policy-files', { signal }),
    refetchInterval: REFETCH_MS,
  });
  const refused = (data?.items ?? []).filter(({ problems }) => problems.length > 0);
  return refused.map(({ name, file, loadedAt, problems: [first] }) => (
    <Callout
      key={name}
      tone="danger"
      className="mb-4"
      title={`Bulwark cannot use ${file}`}
      action={
        <Link href={WATCHED_FILES[name].href} className="text-sm font-medium underline">
          {WATCHED_FILES[name].label}
        </Link>
      }
    >
      Line {first?.line}: {first?.message}{' '}
      {loadedAt ? 'The previous version is still in effect.' : 'No version of it is in effect.'}
    </Callout>
  ));
}
