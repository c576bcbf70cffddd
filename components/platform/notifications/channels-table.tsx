'use client';

import { Ellipsis, KeyRound, Pencil, Power, ScrollText } from 'lucide-react';
import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { DropdownMenu, MenuItem, MenuSeparator } from '@/components/ui/dropdown-menu';
import { IconButton } from '@/components/ui/icon-button';
import { Panel } from '@/components/ui/panel';
import { StackedRow, StackedTable } from '@/components/ui/stacked-table';
import { Status } from '@/components/ui/status';
import { TableCell } from '@/components/ui/table';
import { Time } from '@/components/ui/time';
import type { ChannelDto, ChannelWithSecretDto } from '@/lib/platform/notifications/contract';
import { KIND_ICON, KIND_WORDS } from './notice-words';
import { notificationKeys } from './notifications.queries';
import { useTestChannel } from './use-test-channel';

const refresh = [notificationKeys.channels, notificationKeys.deliveries];

function useSwitch() {
  const enable = useAction<ChannelDto>({
    run: ({ id }) => apiFetch(`/notifications/channels/${id}/enable`, { method: 'POST' }),
    refresh,
    done: ({ name }) => ({ title: `${name} is enabled` }),
    failed: 'Could not turn on the channel',
  });
  const disable = useAction<ChannelDto>({
    run: ({ id }) =>
      apiFetch(`/notifications/channels/${id}/disable`, {
        method: 'POST',
        body: { reason: 'Turned off in the console' },
      }),
    refresh,
    done: (channel) => ({ title: `${channel.name} is turned off`, undo: () => enable.mutate(channel) }),
    failed: 'Could not turn off the channel',
  });
  return { enable, disable };
}

function ChannelState({ channel }: { channel: ChannelDto }) {
  if (!channel.isEnabled) {
    return <Status tone="danger">{`Off: ${channel.disabledReason ?? 'turned off'}`}</Status>;
  }
  if (channel.failures > 0) {
    return (
      <Status tone="warning">
        <span>
          Failing since <Time value={channel.failingSince} mode="relative" />
        </span>
      </Status>
    );
  }
  return channel.lastSuccessAt ? (
    <Status tone="success">
      <span>
        Delivered <Time value={channel.lastSuccessAt} mode="relative" />
      </span>
    </Status>
  ) : (
    <Status tone="neutral">Nothing sent yet</Status>
  );
}

function destinationOf({ kind, address, recipients, toOwner }: ChannelDto): string {
  if (kind !== 'email') return address;
  return [...(toOwner ? ['people affected'] : []), ...recipients].join(', ');
}

export interface ChannelsTableProps {
  channels: readonly ChannelDto[];
  canWrite: boolean;
  onEdit: (channel: ChannelDto) => void;
  onSecret: (made: ChannelWithSecretDto) => void;
}

function ChannelRow({
  channel,
  canWrite,
  onEdit,
  onSecret,
}: { channel: ChannelDto } & Omit<ChannelsTableProps, 'channels'>) {
  const test = useTestChannel();
  const { enable, disable } = useSwitch();
  const rotate = useAction<ChannelDto>({
    run: async ({ id }) =>
      onSecret(
        await apiFetch<ChannelWithSecretDto>(`/notifications/channels/${id}/rotate-secret`, {
          method: 'POST',
          body: { overlap: '24h' },
        }),
      ),
    refresh,
    done: () => null,
    failed: 'Could not replace the signing secret',
  });
  return (
    <StackedRow>
      <TableCell>
        <span className="flex items-center gap-2 font-medium">
          {KIND_ICON[channel.kind]}
          <span className="sr-only">{KIND_WORDS[channel.kind]}</span>
          {channel.name}
        </span>
      </TableCell>
      <TableCell>
        <ChannelState channel={channel} />
      </TableCell>
      <TableCell className="max-w-72 truncate text-muted">{destinationOf(channel)}</TableCell>
      <TableCell className="text-right">
        <span className="inline-flex items-center gap-1">
          {canWrite && channel.isEnabled ? (
            <Button size="sm" loading={test.isPending} onClick={() => test.mutate(channel)}>
              Send test
            </Button>
          ) : null}
          {canWrite && !channel.isEnabled ? (
            <Button size="sm" loading={enable.isPending} onClick={() => enable.mutate(channel)}>
              Enable
            </Button>
          ) : null}
          <DropdownMenu
            trigger={
              <IconButton label={`Actions for ${channel.name}`} size="sm" tooltip={false}>
                <Ellipsis aria-hidden />
              </IconButton>
            }
          >
            <MenuItem
              icon={<ScrollText aria-hidden />}
              href={`/settings/deliveries?q=${encodeURIComponent(`channel:"${channel.name}"`)}`}
            >
              See deliveries
            </MenuItem>
            {canWrite ? (
              <>
                <MenuItem icon={<Pencil aria-hidden />} onSelect={() => onEdit(channel)}>
                  Edit
                </MenuItem>
                {channel.kind === 'webhook' ? (
                  <MenuItem
                    icon={<KeyRound aria-hidden />}
                    hint="Both secrets sign for 24 hours"
                    onSelect={() => rotate.mutate(channel)}
                  >
                    Replace signing secret
                  </MenuItem>
                ) : null}
                {channel.isEnabled ? (
                  <>
                    <MenuSeparator />
                    <MenuItem icon={<Power aria-hidden />} onSelect={() => disable.mutate(channel)}>
                      Turn off
                    </MenuItem>
                  </>
                ) : null}
              </>
            ) : null}
          </DropdownMenu>
        </span>
      </TableCell>
    </StackedRow>
  );
}

export function ChannelsTable({ channels, ...rest }: ChannelsTableProps) {
  return (
    <Panel className="px-4">
      <StackedTable aria-label="Channels" columns={['Channel', 'State', 'Goes to']} hasActions>
        {channels.map((channel) => (
          <ChannelRow key={channel.id} channel={channel} {...rest} />
        ))}
      </StackedTable>
    </Panel>
  );
}
