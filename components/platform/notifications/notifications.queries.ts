import { queryOptions } from '@tanstack/react-query';
import type { DataQuery } from '@/components/data-table/data-view-types';
import { apiFetch } from '@/components/shell/api-client';
import type {
  ChannelListDto,
  DeliveryDetailDto,
  DeliveryDto,
  DeliveryListDto,
  InboxDto,
  MuteListDto,
  PolicyDto,
} from '@/lib/platform/notifications/contract';
import { deliveryParams } from './delivery-params';

const PAGE_SIZE = 100;
const BELL_SIZE = 8;
export const DELIVERIES_FROM = 'now-7d';
const BELL_EVERY_MS = 60_000;

export const notificationKeys = {
  channels: ['notifications', 'channels'],
  policy: ['notifications', 'policy'],
  mutes: ['notifications', 'mutes'],
  deliveries: ['notifications', 'deliveries'],
  delivery: (id: string) => ['notifications', 'delivery', id],
  inbox: ['notifications', 'inbox'],
} as const;

export const channelsQuery = queryOptions({
  queryKey: notificationKeys.channels,
  queryFn: ({ signal }) => apiFetch<ChannelListDto>('/notifications/channels', { signal }),
});

export const policyQuery = queryOptions({
  queryKey: notificationKeys.policy,
  queryFn: ({ signal }) => apiFetch<PolicyDto>('/notifications/policy', { signal }),
});

export const mutesQuery = queryOptions({
  queryKey: notificationKeys.mutes,
  queryFn: ({ signal }) => apiFetch<MuteListDto>('/notifications/mutes', { signal }),
});

export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: notificationKeys.delivery(id),
    queryFn: ({ signal }) => apiFetch<DeliveryDetailDto>(`/notifications/deliveries/${id}`, { signal }),
  });

/** Asked again each minute while the page is visible. */
export const bellQuery = queryOptions({
  queryKey: [...notificationKeys.inbox, 'bell'],
  queryFn: ({ signal }) =>
    apiFetch<InboxDto>('/notifications/inbox', { query: { limit: BELL_SIZE }, signal }),
  refetchInterval: BELL_EVERY_MS,
});

export function fetchInbox(unread: 'only' | 'any', cursor: string | null, signal: AbortSignal) {
  return apiFetch<InboxDto>('/notifications/inbox', { query: { unread, cursor, limit: PAGE_SIZE }, signal });
}

export function fetchDeliveries(query: DataQuery, page: { cursor: string | null; signal: AbortSignal }) {
  return apiFetch<DeliveryListDto>('/notifications/deliveries', {
    query: { ...deliveryParams(query), cursor: page.cursor, limit: PAGE_SIZE },
    signal: page.signal,
  });
}

export const fetchDelivery = (id: string, signal: AbortSignal): Promise<DeliveryDto> =>
  apiFetch<DeliveryDetailDto>(`/notifications/deliveries/${id}`, { signal });

/** Waits until a delivery has succeeded or failed, at most `patienceMs`; null where it has not by then. */
export async function waitForDelivery(id: string, patienceMs = 30_000): Promise<DeliveryDetailDto | null> {
  const endMs = Date.now() + patienceMs;
  while (Date.now() < endMs) {
    const delivery = await apiFetch<DeliveryDetailDto>(`/notifications/deliveries/${id}`);
    if (delivery.state === 'succeeded' || delivery.state === 'failed' || delivery.lastError) return delivery;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return null;
}
