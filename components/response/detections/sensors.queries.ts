import { queryOptions } from '@tanstack/react-query';
import type { DataPage, DataQuery } from '@/components/data-table/data-view-types';
import { apiFetch } from '@/components/shell/api-client';
import type {
  SensorDetailDto,
  SensorDto,
  SensorListDto,
  UnreadableListDto,
} from '@/lib/response/detections/sensor-contract';
import { detectionKeys } from './detections.queries';

/** A host that was never heard has no sensor yet. */
export const sensorId = ({ id, host }: SensorDto): string => id ?? `host:${host}`;

export const sensorsQuery = queryOptions({
  queryKey: [...detectionKeys.sensors, 'all'],
  queryFn: ({ signal }) => apiFetch<SensorListDto>('/detections/sensors', { signal }),
  refetchInterval: 30_000,
});

const VALUES: Readonly<Record<string, (sensor: SensorDto) => string>> = {
  state: ({ state }) => state,
  host: ({ host }) => host,
  kind: ({ kind }) => kind,
  sender: ({ sender }) => sender?.label ?? '',
};

/** The sensors that a filter finds: there are few, so it is applied here. */
export function sensorsThat(sensors: readonly SensorDto[], clauses: DataQuery['clauses']): SensorDto[] {
  const byKey = Map.groupBy(clauses, ({ key, exclude }) => `${exclude ? '-' : ''}${key ?? ''}`);
  return sensors.filter((sensor) =>
    [...byKey.values()].every((own) => {
      const [{ key, exclude } = { key: null, exclude: false }] = own;
      const read = key === null ? undefined : VALUES[key];
      const text = read
        ? read(sensor)
        : `${sensor.host} ${sensor.sentence} ${sensor.version ?? ''}`.toLowerCase();
      const hits = own.map(({ value }) =>
        read ? text === value : text.includes((key === null ? value : `${key}:${value}`).toLowerCase()),
      );
      if (exclude) return !hits.includes(true);
      return read ? hits.includes(true) : !hits.includes(false);
    }),
  );
}

export async function fetchSensors(
  { clauses }: DataQuery,
  { signal }: { signal: AbortSignal },
): Promise<DataPage<SensorDto>> {
  const { items } = await apiFetch<SensorListDto>('/detections/sensors', { signal });
  return { items: sensorsThat(items, clauses), nextCursor: null };
}

export const sensorQuery = (id: string) =>
  queryOptions({
    queryKey: detectionKeys.sensor(id),
    queryFn: ({ signal }) => apiFetch<SensorDetailDto>(`/detections/sensors/${id}`, { signal }),
    refetchInterval: 30_000,
  });

export function fetchUnreadable(
  _: DataQuery,
  { cursor, signal }: { cursor: string | null; signal: AbortSignal },
): Promise<UnreadableListDto> {
  return apiFetch<UnreadableListDto>('/detections/unreadable', { query: { cursor, limit: 50 }, signal });
}
