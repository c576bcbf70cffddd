import { queryOptions } from '@tanstack/react-query';
import type { HistogramBucket } from '@/components/charts/histogram-data';
import type { DataPage, DataQuery, FacetValue } from '@/components/data-table/data-view-types';
import { apiFetch } from '@/components/shell/api-client';
import type {
  DetectionDetailDto,
  DetectionDto,
  DetectionFacetsDto,
  DetectionHistogramDto,
  DetectionListDto,
  GroupDetailDto,
  GroupDto,
  GroupFacetsDto,
  GroupListDto,
} from '@/lib/response/detections/view-contract';
import { EVENT_FIELDS, type FilterFields, GROUP_FIELDS, questionParams } from './detection-params';

/** So far back lists look unless the reader chooses otherwise. */
export const GROUPS_FROM = 'now-90d';
export const EVENTS_FROM = 'now-7d';
export const GROUPS_SORT = 'severity';
export const PAGE_SIZE = 100;

export const detectionKeys = {
  all: ['detections'] as const,
  groups: ['detections', 'groups'] as const,
  group: (id: string) => ['detections', 'group', id] as const,
  events: ['detections', 'events'] as const,
  event: (id: string) => ['detections', 'event', id] as const,
  standing: ['detections', 'standing'] as const,
  sensors: ['detections', 'sensors'] as const,
  sensor: (id: string) => ['detections', 'sensor', id] as const,
  unreadable: ['detections', 'unreadable'] as const,
  exceptions: ['detections', 'exceptions'] as const,
};

interface Page {
  cursor: string | null;
  signal: AbortSignal;
}

export function fetchGroups(query: DataQuery, { cursor, signal }: Page): Promise<DataPage<GroupDto>> {
  return apiFetch<GroupListDto>('/detections/groups', {
    query: {
      ...questionParams(query, GROUP_FIELDS),
      sort: query.sort ?? GROUPS_SORT,
      cursor,
      limit: PAGE_SIZE,
    },
    signal,
  });
}

export const groupQuery = (id: string) =>
  queryOptions({
    queryKey: detectionKeys.group(id),
    queryFn: ({ signal }) => apiFetch<GroupDetailDto>(`/detections/groups/${id}`, { signal }),
    refetchInterval: 15_000,
  });

export async function fetchGroup(id: string, signal: AbortSignal): Promise<GroupDto> {
  return (await apiFetch<GroupDetailDto>(`/detections/groups/${id}`, { signal })).group;
}

export function fetchEvents(query: DataQuery, { cursor, signal }: Page): Promise<DataPage<DetectionDto>> {
  return apiFetch<DetectionListDto>('/detections', {
    query: { ...questionParams(query, EVENT_FIELDS), cursor, limit: PAGE_SIZE },
    signal,
  });
}

export const eventQuery = (id: string) =>
  queryOptions({
    queryKey: detectionKeys.event(id),
    queryFn: ({ signal }) => apiFetch<DetectionDetailDto>(`/detections/${id}`, { signal }),
  });

export async function fetchEvent(id: string, signal: AbortSignal): Promise<DetectionDto> {
  return (await apiFetch<DetectionDetailDto>(`/detections/${id}`, { signal })).detection;
}

/** The two that are not urgent share a color, so they share a bar. */
function barOf({ low = 0, info = 0, ...others }: Record<string, number>): Record<string, number> {
  return { ...others, minor: low + info };
}

function histogramOf(path: string, fields: FilterFields) {
  return async (query: DataQuery, signal: AbortSignal): Promise<HistogramBucket[]> => {
    const { buckets, bucketSeconds } = await apiFetch<DetectionHistogramDto>(path, {
      query: questionParams(query, fields),
      signal,
    });
    return buckets.map(({ start, counts }) => ({
      startMs: Date.parse(start),
      endMs: Date.parse(start) + bucketSeconds * 1000,
      counts: barOf(counts),
    }));
  };
}

function facetsOf(path: string, fields: FilterFields) {
  return async (query: DataQuery, signal: AbortSignal): Promise<Record<string, FacetValue[]>> => {
    const { facets } = await apiFetch<GroupFacetsDto | DetectionFacetsDto>(path, {
      query: questionParams(query, fields),
      signal,
    });
    return facets;
  };
}

export const fetchGroupHistogram = histogramOf('/detections/groups/histogram', GROUP_FIELDS);
export const fetchGroupFacets = facetsOf('/detections/groups/facets', GROUP_FIELDS);
export const fetchEventHistogram = histogramOf('/detections/histogram', EVENT_FIELDS);
export const fetchEventFacets = facetsOf('/detections/facets', EVENT_FIELDS);

/** Open groups by severity, whenever they came. */
export const standingQuery = queryOptions({
  queryKey: detectionKeys.standing,
  queryFn: async ({ signal }) => {
    const { facets } = await apiFetch<GroupFacetsDto>('/detections/groups/facets', {
      query: { state: 'open' },
      signal,
    });
    return Object.fromEntries(facets.severity.map(({ value, count }) => [value, count]));
  },
  refetchInterval: 30_000,
});

/** Whether anything was ever received: an empty list alone does not say. */
export const anyGroupQuery = queryOptions({
  queryKey: [...detectionKeys.groups, 'any'],
  queryFn: async ({ signal }) => {
    const { items } = await apiFetch<GroupListDto>('/detections/groups', {
      query: { state: 'any', limit: 1 },
      signal,
    });
    return items.length > 0;
  },
});

/** The newest events of one group. */
export const groupEventsQuery = (groupId: string, limit: number) =>
  queryOptions({
    queryKey: [...detectionKeys.events, 'of', groupId, limit],
    queryFn: ({ signal }) =>
      apiFetch<DetectionListDto>('/detections', {
        query: { group: groupId, from: 'now-400d', limit },
        signal,
      }),
    refetchInterval: 15_000,
  });
