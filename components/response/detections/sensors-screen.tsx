'use client';

import { useQuery } from '@tanstack/react-query';
import { Radio } from 'lucide-react';
import Link from 'next/link';
import { useCallback, useState } from 'react';
import { DataTableView } from '@/components/data-table/data-view';
import type { DataColumn, FilterKey } from '@/components/data-table/data-view-types';
import { EmptyState } from '@/components/ui/empty-state';
import { Time } from '@/components/ui/time';
import { visibleText } from '@/components/ui/visible-text';
import { DETECTION_KIND_NAMES } from '@/lib/response/detections/contract';
import { SENSOR_STATES, type SensorDto } from '@/lib/response/detections/sensor-contract';
import { DetectionTabs } from './detection-tabs';
import { countWords, kindWords } from './detection-words';
import { detectionKeys } from './detections.queries';
import { offsetWords, RetireDialog, SensorStateWords, sensorPeek } from './sensor-peek';
import { fetchSensors, sensorId, sensorsQuery } from './sensors.queries';

const none = <span className="text-faint">–</span>;

const columns: readonly DataColumn<SensorDto>[] = [
  {
    id: 'host',
    header: 'Host',
    width: 176,
    hideable: false,
    cell: ({ host }) => <span className="truncate">{visibleText(host)}</span>,
    filterKey: 'host',
    filterValue: ({ host }) => host,
  },
  {
    id: 'state',
    header: 'State',
    width: 152,
    cell: ({ state }) => <SensorStateWords state={state} />,
    filterKey: 'state',
    filterValue: ({ state }) => state,
  },
  { id: 'sentence', header: 'Why', cell: ({ sentence }) => <span className="truncate">{sentence}</span> },
  {
    id: 'heartbeat',
    header: 'Heartbeat',
    width: 104,
    cell: ({ lastHeartbeatAt }) =>
      lastHeartbeatAt ? <Time value={lastHeartbeatAt} mode="relative" /> : none,
  },
  {
    id: 'event',
    header: 'Last event',
    width: 104,
    cell: ({ lastEventAt }) => (lastEventAt ? <Time value={lastEventAt} mode="relative" /> : none),
  },
  {
    id: 'events',
    header: 'Events, 24 h',
    width: 96,
    align: 'right',
    cell: ({ events }) => events.toLocaleString('en'),
  },
  {
    id: 'drops',
    header: 'Worst hour',
    width: 96,
    align: 'right',
    cell: ({ dropsPercent }) => (dropsPercent === null ? none : `${dropsPercent.toFixed(2)}%`),
  },
  {
    id: 'clock',
    header: 'Clock',
    width: 120,
    cell: ({ clockOffsetSeconds, isClockOff }) =>
      clockOffsetSeconds === null ? (
        none
      ) : (
        <span className={isClockOff ? 'text-warning-text' : 'text-muted'}>
          {offsetWords(clockOffsetSeconds)}
        </span>
      ),
  },
  {
    id: 'kind',
    header: 'From',
    width: 112,
    defaultHidden: true,
    cell: ({ kind }) => kindWords(kind),
    filterKey: 'kind',
    filterValue: ({ kind }) => kind,
  },
  {
    id: 'sender',
    header: 'Sent by',
    width: 128,
    defaultHidden: true,
    cell: ({ sender }) => sender?.label ?? none,
    filterKey: 'sender',
    filterValue: ({ sender }) => sender?.label ?? null,
  },
  {
    id: 'version',
    header: 'Version',
    width: 96,
    defaultHidden: true,
    cell: ({ version }) => version ?? none,
  },
  { id: 'kernel', header: 'Kernel', width: 144, defaultHidden: true, cell: ({ kernel }) => kernel ?? none },
];

const filterKeys: readonly FilterKey[] = [
  { key: 'state', label: 'State', values: Object.keys(SENSOR_STATES) },
  { key: 'host', label: 'Host' },
  { key: 'kind', label: 'Where it comes from', values: DETECTION_KIND_NAMES },
  { key: 'sender', label: 'Who sends for it' },
];

function Card({ sensor }: { sensor: SensorDto }) {
  return (
    <span className="flex flex-col gap-1">
      <span className="flex items-baseline justify-between gap-2">
        <span className="min-w-0 truncate text-base font-medium">{visibleText(sensor.host)}</span>
        <SensorStateWords state={sensor.state} />
      </span>
      <span className="text-sm break-words text-muted">{sensor.sentence}</span>
    </span>
  );
}

/** How many are heard, and what did not arrive at all. */
function Standing() {
  const { data } = useQuery(sensorsQuery);
  if (!data) return 'Who watches, and whether they still do.';
  const { heard, known, losses, waiting, waitingSince, senders } = data;
  const unreadable = senders.reduce((sum, one) => sum + one.unreadable, 0);
  const [lost] = losses;
  return (
    <span className="flex flex-col gap-0.5">
      <span>{known === 0 ? 'No sensor is known yet.' : `${heard} of ${known} heard in time.`}</span>
      {lost ? (
        <span className="text-danger-text">
          {countWords(lost.deliveries, 'delivery was', 'deliveries were')} lost{' '}
          <Time value={lost.to} mode="relative" />: {lost.reason}
        </span>
      ) : null}
      {waiting > 100 && waitingSince ? (
        <span className="text-warning-text">
          {waiting.toLocaleString('en')} deliveries wait to be read, since <Time value={waitingSince} />.
        </span>
      ) : null}
      {unreadable > 0 ? (
        <span>
          {countWords(unreadable, 'delivery', 'deliveries')} could not be read in full.{' '}
          <Link href="/detections/unreadable" className="text-ink underline underline-offset-2">
            Show
          </Link>
        </span>
      ) : null}
    </span>
  );
}

/** Sensors and whether they see: silence is not peace. */
export function SensorsScreen({ canWrite }: { canWrite: boolean }) {
  const [retiring, setRetiring] = useState<SensorDto | null>(null);
  const peek = useCallback(
    (sensor: SensorDto) => sensorPeek(sensor, { canWrite, onRetire: setRetiring }),
    [canWrite],
  );
  return (
    <>
      <DataTableView<SensorDto>
        title="Detections"
        tabs={<DetectionTabs current="/detections/sensors" />}
        status={<Standing />}
        noun={{ one: 'sensor', many: 'sensors' }}
        columns={columns}
        rowId={sensorId}
        queryKey={detectionKeys.sensors}
        fetchPage={fetchSensors}
        defaultFrom={null}
        filterKeys={filterKeys}
        filterPlaceholder="Search, or state:silent host:node-3"
        peek={peek}
        card={(sensor) => <Card sensor={sensor} />}
        empty={
          <EmptyState icon={<Radio aria-hidden />} title="No sensor is known yet">
            A sensor is known from its first event on. Turn on Falco’s metrics: they are its heartbeat, and
            without one its silence says nothing.
          </EmptyState>
        }
      />
      {retiring ? <RetireDialog sensor={retiring} onClose={() => setRetiring(null)} /> : null}
    </>
  );
}
