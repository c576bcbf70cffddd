'use client';

import { useQuery } from '@tanstack/react-query';
import { parseAsString, useQueryState } from 'nuqs';
import { SkeletonLines } from '@/components/ui/skeleton';
import { Time } from '@/components/ui/time';
import type { AuditEventDto, AuditEventRefDto } from '@/lib/platform/audit/contract';
import { auditKeys, fetchEventDetail } from './audit.queries';
import { actionWords, Outcome } from './event-words';

function Neighbour({ relation, event }: { relation: string; event: AuditEventRefDto }) {
  const [, setOpen] = useQueryState('open', parseAsString);
  return (
    <li>
      <button
        type="button"
        onClick={() => void setOpen(event.id)}
        className="flex w-full flex-wrap items-baseline gap-x-3 gap-y-0.5 rounded-md px-2 py-1.5 text-left text-sm hover:bg-hover"
      >
        <span className="w-20 shrink-0 text-xs text-faint">{relation}</span>
        <span className="min-w-0 flex-1 truncate">{actionWords(event.action)}</span>
        <Outcome event={{ outcome: event.outcome, code: null }} />
        <Time value={event.at} precision="millisecond" className="text-xs text-faint" />
      </button>
    </li>
  );
}

/** What the same request caused, and the tenant's events just before and after, whatever the filter hides. */
export function EventNeighbours({ event }: { event: AuditEventDto }) {
  const detail = useQuery({
    queryKey: auditKeys.detail(event.id),
    queryFn: ({ signal }) => fetchEventDetail(event, signal),
    staleTime: 30_000,
  });
  return (
    <section className="flex flex-col gap-2" aria-label="Related events">
      <h3 className="text-xs font-medium text-faint">Related events</h3>
      {detail.isPending ? <SkeletonLines lines={3} label="Loading what happened around it" /> : null}
      {detail.isError ? <p className="text-sm text-muted">Could not load related events.</p> : null}
      {detail.data ? (
        <ul className="-mx-2 flex flex-col">
          {detail.data.newer ? <Neighbour relation="Next event" event={detail.data.newer} /> : null}
          {detail.data.sameRequest.map((one) => (
            <Neighbour key={one.id} relation="Same request" event={one} />
          ))}
          {detail.data.older ? <Neighbour relation="Previous event" event={detail.data.older} /> : null}
        </ul>
      ) : null}
    </section>
  );
}
