'use client';

import { Send } from 'lucide-react';
import { useCallback } from 'react';
import { DataTableView } from '@/components/data-table/data-view';
import type { DataColumn, FilterKey } from '@/components/data-table/data-view-types';
import { apiUrl } from '@/components/shell/api-client';
import { ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { Time } from '@/components/ui/time';
import { DELIVERY_KINDS, DELIVERY_STATES, type DeliveryDto } from '@/lib/platform/notifications/contract';
import { NOTIFICATION_TYPE_NAMES } from '@/lib/platform/notifications/notice-contract';
import { deliveryParams } from './delivery-params';
import { deliveryPeek } from './delivery-peek';
import { DeliveryStatus, KIND_ICON, KIND_WORDS, NoticeMark } from './notice-words';
import { DELIVERIES_FROM, fetchDeliveries, fetchDelivery, notificationKeys } from './notifications.queries';

const rowId = (delivery: DeliveryDto) => delivery.id;

const titleOf = ({ title, noticeCount }: DeliveryDto) =>
  noticeCount > 1 ? `${title}, and ${noticeCount - 1} more` : title;

const columns: readonly DataColumn<DeliveryDto>[] = [
  {
    id: 'created',
    header: 'Time',
    width: 180,
    hideable: false,
    cell: ({ createdAt }) => <Time value={createdAt} precision="second" />,
  },
  {
    id: 'state',
    header: 'State',
    width: 112,
    cell: (delivery) => <DeliveryStatus state={delivery.state} attempts={delivery.attempts} />,
    filterKey: 'state',
    filterValue: ({ state }) => state,
  },
  {
    id: 'title',
    header: 'Message',
    cell: (delivery) => (
      <span className="flex min-w-0 items-center gap-2">
        <NoticeMark severity={delivery.severity} />
        <span className="truncate">{titleOf(delivery)}</span>
      </span>
    ),
    filterKey: 'type',
    filterValue: ({ type }) => type || null,
  },
  {
    id: 'channel',
    header: 'Channel',
    width: 150,
    cell: ({ channelKind, channelName }) => (
      <span className="flex min-w-0 items-center gap-2">
        {KIND_ICON[channelKind]}
        <span className="sr-only">{KIND_WORDS[channelKind]}</span>
        <span className="truncate">{channelName}</span>
      </span>
    ),
    filterKey: 'channel',
    filterValue: ({ channelName }) => channelName,
  },
  {
    id: 'recipient',
    header: 'Recipient',
    width: 180,
    cell: ({ recipient }) => recipient || <span className="text-faint">–</span>,
  },
  { id: 'attempts', header: 'Attempts', width: 80, align: 'right', cell: ({ attempts }) => attempts },
  {
    id: 'error',
    header: 'Last error',
    width: 170,
    cell: ({ lastError }) => lastError ?? <span className="text-faint">–</span>,
  },
];

const filterKeys: readonly FilterKey[] = [
  { key: 'state', label: 'Delivery state', values: DELIVERY_STATES },
  { key: 'channel', label: 'Name or id of a channel' },
  { key: 'type', label: 'Notification type', values: NOTIFICATION_TYPE_NAMES },
  { key: 'kind', label: 'Event, daily summary or test', values: DELIVERY_KINDS },
];

function DeliveryCard({ delivery }: { delivery: DeliveryDto }) {
  return (
    <span className="flex flex-col gap-1">
      <span className="flex items-baseline justify-between gap-2">
        <span className="truncate text-base font-medium">{titleOf(delivery)}</span>
        <DeliveryStatus state={delivery.state} attempts={delivery.attempts} />
      </span>
      <span className="truncate text-sm text-muted">
        {[delivery.channelName, delivery.recipient].filter(Boolean).join(' → ')}
      </span>
      <span className="text-xs text-faint">
        <Time value={delivery.createdAt} precision="second" />
      </span>
    </span>
  );
}

export function DeliveriesScreen({ canWrite, consoleUrl }: { canWrite: boolean; consoleUrl: string }) {
  const peek = useCallback((delivery: DeliveryDto) => deliveryPeek(delivery, canWrite), [canWrite]);
  return (
    <DataTableView<DeliveryDto>
      title="Delivery log"
      status="Every message sent to a channel, with its response and retries."
      actions={<ButtonLink href="/settings/notifications">Channels</ButtonLink>}
      noun={{ one: 'delivery', many: 'deliveries' }}
      columns={columns}
      rowId={rowId}
      queryKey={notificationKeys.deliveries}
      fetchPage={fetchDeliveries}
      fetchRow={fetchDelivery}
      defaultFrom={DELIVERIES_FROM}
      filterKeys={filterKeys}
      filterPlaceholder="Search, or state:failed channel:siem"
      peek={peek}
      card={(delivery) => <DeliveryCard delivery={delivery} />}
      live
      curl={(query) =>
        `curl -sS '${consoleUrl}${apiUrl('/notifications/deliveries', deliveryParams(query)).replaceAll("'", '%27')}' \\\n  -H "Authorization: Bearer $BULWARK_API_KEY"`
      }
      empty={
        <EmptyState
          icon={<Send aria-hidden />}
          title="No deliveries in this time range"
          action={<ButtonLink href="/settings/notifications">Send a test</ButtonLink>}
        >
          Each message to email, Slack or a webhook appears here with its request, response and every attempt.
        </EmptyState>
      }
    />
  );
}
