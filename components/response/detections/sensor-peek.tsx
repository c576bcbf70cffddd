'use client';

import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { SparkBars } from '@/components/charts/spark-bars';
import type { PeekContent } from '@/components/data-table/data-view-types';
import { apiFetch } from '@/components/shell/api-client';
import { QueryProblem } from '@/components/shell/query-problem';
import { useAction } from '@/components/shell/use-action';
import { Button, ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { SkeletonLines } from '@/components/ui/skeleton';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { Tone } from '@/components/ui/tone';
import { visibleText } from '@/components/ui/visible-text';
import {
  SENSOR_STATES,
  type SensorDetailDto,
  type SensorDto,
  type SensorState,
} from '@/lib/response/detections/sensor-contract';
import { Part } from './detection-parts';
import { countWords, kindWords } from './detection-words';
import { detectionKeys } from './detections.queries';
import { sensorQuery } from './sensors.queries';

const TONES: Record<SensorState, Tone> = {
  silent: 'danger',
  missing: 'danger',
  lossy: 'warning',
  unverified: 'warning',
  healthy: 'success',
  retired: 'neutral',
};

export function SensorStateWords({ state, look }: { state: SensorState; look?: 'pill' }) {
  return (
    <Status tone={TONES[state]} look={look}>
      {SENSOR_STATES[state]}
    </Status>
  );
}

/** Hours and minutes of a number of seconds, with its sign. */
export function offsetWords(seconds: number): string {
  const size = Math.abs(seconds);
  const words =
    size < 120
      ? `${Math.round(size)} s`
      : size < 7200
        ? `${Math.round(size / 60)} min`
        : size < 172_800
          ? `${(size / 3600).toFixed(1)} h`
          : `${Math.round(size / 86_400).toLocaleString('en')} days`;
  return size < 1 ? 'in sync' : `${words} ${seconds > 0 ? 'behind' : 'ahead'}`;
}

const HOURS_SHOWN = 72;
const HOUR_MS = 3_600_000;

type Hours = SensorDetailDto['hours'];

/** One value for each of the last hours, also of those in which nothing came. */
function byHour(hours: Hours, of: (hour: Hours[number]) => number, nowMs: number): number[] {
  const values = new Map(hours.map((one) => [Date.parse(one.hour), of(one)]));
  const lastMs = Math.floor(nowMs / HOUR_MS) * HOUR_MS;
  return Array.from(
    { length: HOURS_SHOWN },
    (_, i) => values.get(lastMs - (HOURS_SHOWN - 1 - i) * HOUR_MS) ?? 0,
  );
}

function Hourly({ hours }: { hours: Hours }) {
  const nowMs = Date.now();
  const events = byHour(hours, (hour) => hour.events, nowMs);
  const heartbeats = byHour(hours, (hour) => hour.heartbeats, nowMs);
  const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);
  return (
    <Part title={`Last ${HOURS_SHOWN} hours`}>
      <DescriptionList>
        <DescriptionItem label="Events">
          <SparkBars label={`${sum(events)} events in ${HOURS_SHOWN} hours`} values={events} />
        </DescriptionItem>
        <DescriptionItem label="Heartbeats">
          <SparkBars
            label={`${sum(heartbeats)} heartbeats in ${HOURS_SHOWN} hours, none in ${heartbeats.filter((n) => n === 0).length} of them`}
            values={heartbeats}
          />
        </DescriptionItem>
      </DescriptionList>
    </Part>
  );
}

const FACT_LABELS: Readonly<Record<string, string>> = {
  config: 'falco.yaml',
  rules: 'Rules',
  outputs_dropped: 'Outputs dropped',
  matches: 'Rule matches',
  cpus: 'Processors',
};

function Facts({ sensor, facts }: { sensor: SensorDto; facts: Record<string, string> }) {
  const { seen, dropped, dropsPercent } = sensor;
  return (
    <DescriptionList>
      <DescriptionItem label="Last heartbeat">
        {sensor.lastHeartbeatAt ? <Time value={sensor.lastHeartbeatAt} /> : 'Never'}
      </DescriptionItem>
      <DescriptionItem label="Reports every">
        {Math.round(sensor.intervalSeconds / 60)} min{sensor.isIntervalKnown ? '' : ' (assumed)'}
      </DescriptionItem>
      <DescriptionItem label="Last event">
        {sensor.lastEventAt ? <Time value={sensor.lastEventAt} /> : 'None'}
      </DescriptionItem>
      <DescriptionItem label="Events, 24 h">{sensor.events.toLocaleString('en')}</DescriptionItem>
      <DescriptionItem label="System calls, 24 h">
        {seen === null || dropped === null
          ? 'Not reported'
          : `${seen.toLocaleString('en')} seen, ${dropped.toLocaleString('en')} lost`}
      </DescriptionItem>
      {dropsPercent === null ? null : (
        <DescriptionItem label="Worst hour">{dropsPercent.toFixed(2)}% lost</DescriptionItem>
      )}
      <DescriptionItem label="Clock">
        {sensor.clockOffsetSeconds === null ? 'Unknown' : offsetWords(sensor.clockOffsetSeconds)}
      </DescriptionItem>
      <DescriptionItem label="Sent by">{sensor.sender?.label ?? '–'}</DescriptionItem>
      <DescriptionItem label="Version">{sensor.version ?? 'Unknown'}</DescriptionItem>
      <DescriptionItem label="Kernel">{sensor.kernel ?? 'Unknown'}</DescriptionItem>
      <DescriptionItem label="Engine">{sensor.engine ?? 'Unknown'}</DescriptionItem>
      {Object.entries(facts).map(([name, value]) => (
        <DescriptionItem key={name} label={FACT_LABELS[name] ?? name}>
          <code className="text-xs break-all">{visibleText(value)}</code>
        </DescriptionItem>
      ))}
      {sensor.retiredAt ? (
        <DescriptionItem label="Retired">
          {sensor.retiredBy}, <Time value={sensor.retiredAt} />: {sensor.retiredReason}
        </DescriptionItem>
      ) : null}
    </DescriptionList>
  );
}

function Known({ sensor, id }: { sensor: SensorDto; id: string }) {
  const detail = useQuery(sensorQuery(id));
  const shown = detail.data?.sensor ?? sensor;
  return (
    <>
      <Facts sensor={shown} facts={detail.data?.facts ?? {}} />
      <QueryProblem queries={[detail]} title="Could not load the sensor" />
      {detail.isPending ? <SkeletonLines lines={4} label="Loading the sensor" /> : null}
      {detail.data ? <Hourly hours={detail.data.hours} /> : null}
    </>
  );
}

function Body({ sensor }: { sensor: SensorDto }) {
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-col gap-1.5">
        <SensorStateWords state={sensor.state} look="pill" />
        <p className="text-sm">{sensor.sentence}</p>
      </div>
      {sensor.isClockOff && sensor.clockOffsetSeconds !== null ? (
        <Callout tone="warning" title={`Its clock is ${offsetWords(sensor.clockOffsetSeconds)}`}>
          Times of its events are shown as it wrote them; lists follow the time of receipt. Check its NTP.
        </Callout>
      ) : null}
      {sensor.id ? <Known sensor={sensor} id={sensor.id} /> : null}
    </div>
  );
}

/** Retires a sensor, or expects it again. */
export function RetireDialog({ sensor, onClose }: { sensor: SensorDto; onClose: () => void }) {
  const formId = useId();
  const [reason, setReason] = useState('');
  const isRetired = sensor.state !== 'retired';
  const update = useAction<{ isRetired: boolean; reason: string }>({
    run: (body) => apiFetch(`/detections/sensors/${sensor.id}`, { method: 'PATCH', body }),
    refresh: [detectionKeys.all],
    done: () => ({ title: isRetired ? 'Sensor retired' : 'Sensor expected again' }),
    failed: 'Could not update the sensor',
  });
  const word = isRetired ? 'Retire' : 'Expect again';
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={isRetired ? 'Retire the sensor' : 'Expect the sensor again'}
      description={
        isRetired
          ? `${sensor.host} is no longer missed. It counts again when it sends.`
          : `${sensor.host} is missed when it is silent.`
      }
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={formId}
            variant="primary"
            disabled={reason.trim().length < 3}
            loading={update.isPending}
          >
            {word}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          update.mutate({ isRetired, reason }, { onSuccess: onClose });
        }}
      >
        <Field label="Reason">
          <Input value={reason} maxLength={300} onChange={(event) => setReason(event.currentTarget.value)} />
        </Field>
      </form>
    </Dialog>
  );
}

/** A sensor beside the list: whether it sees, and what it says of itself. */
export function sensorPeek(
  sensor: SensorDto,
  { canWrite, onRetire }: { canWrite: boolean; onRetire: (sensor: SensorDto) => void },
): PeekContent {
  return {
    title: visibleText(sensor.host),
    description: `${kindWords(sensor.kind)}${sensor.events > 0 ? `, ${countWords(sensor.events, 'event', 'events')} in 24 h` : ''}`,
    body: <Body key={sensor.id ?? sensor.host} sensor={sensor} />,
    footer: (
      <>
        <ButtonLink href={`/detections?q=${encodeURIComponent(`host:"${sensor.host}" state:any`)}`}>
          View its detections
        </ButtonLink>
        {canWrite && sensor.id ? (
          <Button onClick={() => onRetire(sensor)}>
            {sensor.state === 'retired' ? 'Expect again' : 'Retire'}
          </Button>
        ) : null}
      </>
    ),
  };
}
