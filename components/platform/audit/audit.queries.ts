import type { HistogramBucket } from '@/components/charts/histogram-data';
import type { DataQuery, FacetValue } from '@/components/data-table/data-view-types';
import { apiFetch } from '@/components/shell/api-client';
import type {
  AuditEventDetailDto,
  AuditEventDto,
  AuditFacetsDto,
  AuditHistogramDto,
  AuditPageDto,
} from '@/lib/platform/audit/contract';
import { questionParams } from './audit-params';

export const AUDIT_FROM = 'now-24h';
const PAGE_SIZE = 100;

export const auditKeys = {
  all: ['audit'] as const,
  list: ['audit', 'list'] as const,
  detail: (id: string) => ['audit', 'detail', id] as const,
};

/** A bar, and whether its count is exact. */
export interface AuditBucket extends HistogramBucket {
  isExact: boolean;
}

export function fetchEvents(query: DataQuery, page: { cursor: string | null; signal: AbortSignal }) {
  return apiFetch<AuditPageDto>('/audit-events', {
    query: { ...questionParams(query), cursor: page.cursor, limit: PAGE_SIZE },
    signal: page.signal,
  });
}

export function fetchEventDetail(event: { id: string; at?: string }, signal: AbortSignal) {
  return apiFetch<AuditEventDetailDto>(`/audit-events/${event.id}`, { query: { at: event.at }, signal });
}

export async function fetchEvent(id: string, signal: AbortSignal): Promise<AuditEventDto> {
  return (await fetchEventDetail({ id }, signal)).event;
}

export async function fetchHistogram(query: DataQuery, signal: AbortSignal): Promise<AuditBucket[]> {
  const { buckets, bucketSeconds } = await apiFetch<AuditHistogramDto>('/audit-events/histogram', {
    query: questionParams(query),
    signal,
  });
  return buckets.map(({ start, counts, isExact }) => ({
    startMs: Date.parse(start),
    endMs: Date.parse(start) + bucketSeconds * 1000,
    counts,
    isExact,
  }));
}

export async function fetchFacets(
  query: DataQuery,
  signal: AbortSignal,
): Promise<Record<string, FacetValue[]>> {
  const { facets } = await apiFetch<AuditFacetsDto>('/audit-events/facets', {
    query: questionParams(query),
    signal,
  });
  return facets;
}
