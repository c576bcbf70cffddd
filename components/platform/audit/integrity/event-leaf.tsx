'use client';

import { useQuery } from '@tanstack/react-query';
import { apiFetch, apiUrl } from '@/components/shell/api-client';
import { buttonClass } from '@/components/ui/button-class';
import { SkeletonLines } from '@/components/ui/skeleton';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { LeafDto } from '@/lib/platform/sealing/contract';

const WAITING_REFETCH_MS = 3_000;

function LeafState({ leaf }: { leaf: LeafDto }) {
  const { state, index, sealedAt } = leaf;
  if (state === 'waiting') return <Status tone="neutral">Not sealed yet</Status>;
  const name = `leaf ${index?.toLocaleString('en')}`;
  if (state === 'changed') {
    return <Status tone="danger">{`Changed: the event is not what was sealed as ${name}`}</Status>;
  }
  return (
    <>
      <Status tone="success">{`Sealed as ${name}`}</Status>
      <p className="text-muted text-sm">
        <Time value={sealedAt} />
        {state === 'erased'
          ? '. Fields were erased; the rest is what was sealed.'
          : '. Compared with the leaf just now.'}
      </p>
    </>
  );
}

/** Where the event stands in the sealed log, with its proof. */
export function EventLeaf({ event, canExport }: { event: { id: string; at: string }; canExport: boolean }) {
  const { data, isError } = useQuery({
    queryKey: ['audit-log', 'leaf', event.id],
    queryFn: ({ signal }) =>
      apiFetch<LeafDto>(`/audit-log/leaves/${event.id}`, { query: { at: event.at }, signal }),
    refetchInterval: ({ state }) =>
      state.data?.state === 'waiting' || state.data?.provenAtSize === null ? WAITING_REFETCH_MS : false,
    staleTime: 30_000,
  });
  return (
    <section className="flex flex-col gap-2" aria-label="Sealing">
      <h3 className="text-xs font-medium text-faint">Sealing</h3>
      {data ? <LeafState leaf={data} /> : null}
      {!data && !isError ? <SkeletonLines lines={1} label="Loading the leaf" /> : null}
      {isError ? <p className="text-sm text-muted">Could not load the leaf of this event.</p> : null}
      {canExport && data?.provenAtSize != null && data.state !== 'changed' ? (
        <div>
          <a
            className={buttonClass({})}
            href={apiUrl(`/audit-log/proofs/${event.id}`, { at: event.at })}
            download={`${event.id}.tlog-proof`}
          >
            Download proof
          </a>
        </div>
      ) : null}
    </section>
  );
}
