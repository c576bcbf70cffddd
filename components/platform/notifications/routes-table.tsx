'use client';

import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Panel } from '@/components/ui/panel';
import { Select } from '@/components/ui/select';
import { Table, TableBody, TableCell, TableHead, TableHeader, TableRow } from '@/components/ui/table';
import type { ChannelDto, PolicyDto } from '@/lib/platform/notifications/contract';
import {
  NOTIFICATION_TYPE_NAMES,
  NOTIFICATION_TYPES,
  type NotificationType,
  type RouteMode,
} from '@/lib/platform/notifications/notice-contract';
import { modesOf } from '@/lib/platform/notifications/rules';
import { MODE_WORDS } from './notice-words';
import { notificationKeys } from './notifications.queries';

interface Cell {
  type: NotificationType;
  channelId: string;
  mode: RouteMode;
}

export interface RoutesTableProps {
  channels: readonly ChannelDto[];
  policy: PolicyDto;
  canWrite: boolean;
}

/** Which type goes to which channel, and when; each cell is saved when it is changed. */
export function RoutesTable({ channels, policy, canWrite }: RoutesTableProps) {
  const save = useAction<Cell>({
    run: (cell) => apiFetch('/notifications/policy', { method: 'PATCH', body: { routes: [cell] } }),
    refresh: [notificationKeys.policy],
    done: () => ({ title: 'The route is saved', id: 'route-saved' }),
    failed: 'Could not save the routing',
  });
  const modeOf = (type: NotificationType, channelId: string): RouteMode =>
    (save.isPending && save.variables.type === type && save.variables.channelId === channelId
      ? save.variables.mode
      : policy.routes.find((route) => route.type === type && route.channelId === channelId)?.mode) ?? 'off';
  return (
    <Panel className="scroll-quiet overflow-x-auto px-4">
      <Table aria-label="Routes">
        <TableHead>
          <TableRow>
            <TableHeader>Notice</TableHeader>
            {channels.map(({ id, name }) => (
              <TableHeader key={id}>{name}</TableHeader>
            ))}
          </TableRow>
        </TableHead>
        <TableBody>
          {NOTIFICATION_TYPE_NAMES.map((type) => (
            <TableRow key={type}>
              <TableCell className="min-w-52 py-2 whitespace-normal">
                <span className="flex flex-col">
                  <span className="font-medium">{NOTIFICATION_TYPES[type].label}</span>
                  <span className="text-xs text-faint">{NOTIFICATION_TYPES[type].description}</span>
                </span>
              </TableCell>
              {channels.map((channel) => (
                <TableCell key={channel.id}>
                  <Select
                    size="sm"
                    className="w-24"
                    aria-label={`${NOTIFICATION_TYPES[type].label} to ${channel.name}`}
                    disabled={!canWrite}
                    value={modeOf(type, channel.id)}
                    onValueChange={(mode) => save.mutate({ type, channelId: channel.id, mode })}
                    options={modesOf(channel.kind).map((mode) => ({ value: mode, label: MODE_WORDS[mode] }))}
                  />
                </TableCell>
              ))}
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </Panel>
  );
}
