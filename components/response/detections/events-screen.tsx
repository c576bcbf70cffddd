'use client';

import { useQuery } from '@tanstack/react-query';
import { ShieldCheck } from 'lucide-react';
import { useCallback, useState } from 'react';
import { DataTableView } from '@/components/data-table/data-view';
import { apiUrl } from '@/components/shell/api-client';
import { EmptyState } from '@/components/ui/empty-state';
import type { DetectionDto } from '@/lib/response/detections/view-contract';
import { curlOf, EVENT_FIELDS, questionParams } from './detection-params';
import { DetectionTabs } from './detection-tabs';
import {
  anyGroupQuery,
  detectionKeys,
  EVENTS_FROM,
  fetchEvent,
  fetchEventFacets,
  fetchEventHistogram,
  fetchEvents,
} from './detections.queries';
import { EventCard, eventColumns, eventFacets, eventFilterKeys } from './event-columns';
import { eventPeek } from './event-peek';
import { ExceptionDialog } from './exception-dialog';
import { ExportItems, severitySeries } from './groups-screen';
import { type Installation, SetupGuide } from './setup-guide';

const rowId = (event: DetectionDto) => event.id;

/** The events behind the groups: those that are kept. */
export function EventsScreen({ canWrite, installation }: { canWrite: boolean; installation: Installation }) {
  const [expecting, setExpecting] = useState<DetectionDto | null>(null);
  const peek = useCallback(
    (event: DetectionDto) => eventPeek(event, { canWrite, onExpect: setExpecting }),
    [canWrite],
  );
  return (
    <>
      <DataTableView<DetectionDto>
        title="Detections"
        tabs={<DetectionTabs current="/detections/events" />}
        status="Events and alerts as they were received. Of a flood a few stand for all."
        noun={{ one: 'event', many: 'events' }}
        columns={eventColumns}
        rowId={rowId}
        queryKey={detectionKeys.events}
        fetchPage={fetchEvents}
        fetchRow={fetchEvent}
        defaultFrom={EVENTS_FROM}
        filterKeys={eventFilterKeys}
        filterPlaceholder="Search, or rule:“Clear Log Activities” host:node-3 -severity:info"
        histogram={{ title: 'Events kept', series: severitySeries, fetch: fetchEventHistogram }}
        facets={{ definitions: eventFacets, fetch: fetchEventFacets }}
        peek={peek}
        card={(event) => <EventCard event={event} />}
        live
        curl={(query) =>
          curlOf(`${installation.consoleUrl}${apiUrl('/detections', questionParams(query, EVENT_FIELDS))}`)
        }
        exportItems={(query) => (
          <ExportItems path="/detections/export" query={query} fields={EVENT_FIELDS} noun="event" />
        )}
        empty={<NoEvents installation={installation} canWrite={canWrite} />}
      />
      {expecting ? <ExceptionDialog event={expecting} onClose={() => setExpecting(null)} /> : null}
    </>
  );
}

/** Nothing in this time, or nothing ever. */
function NoEvents(props: { canWrite: boolean; installation: Installation }) {
  const { data: hasAny, isPending } = useQuery(anyGroupQuery);
  if (isPending) return null;
  if (!hasAny) return <SetupGuide {...props} />;
  return (
    <EmptyState icon={<ShieldCheck aria-hidden />} title="No events in this time range">
      Events are kept as long as security/detections.yaml says; counts of their groups stay.
    </EmptyState>
  );
}
