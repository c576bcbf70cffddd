'use client';

import { useQuery } from '@tanstack/react-query';
import { BellRing, X } from 'lucide-react';
import { useQueryStates } from 'nuqs';
import { useState } from 'react';
import { QueryProblem } from '@/components/shell/query-problem';
import { Button, ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { PageBody, PageHeader, PageSection } from '@/components/ui/page-header';
import type {
  ChannelDto,
  ChannelListDto,
  ChannelWithSecretDto,
  MuteListDto,
  PolicyDto,
} from '@/lib/platform/notifications/contract';
import { ChannelDialog } from './channel-dialog';
import { channelParsers, isBroken, shownChannels } from './channel-params';
import { ChannelsTable } from './channels-table';
import { MutesSection } from './mutes-section';
import { channelsQuery, mutesQuery, policyQuery } from './notifications.queries';
import { RoutesTable } from './routes-table';
import { ScheduleForm } from './schedule-form';
import { SecretDialog } from './secret-dialog';

function statusSentence(channels: readonly ChannelDto[]): string {
  const broken = channels.filter(isBroken);
  if (channels.length === 0)
    return 'Notifications appear only in the console. Add a channel to send them elsewhere.';
  const count = channels.length === 1 ? '1 channel' : `${channels.length} channels`;
  if (broken.length === 0) return `${count}, all working.`;
  return `${count}, ${broken.map(({ name }) => name).join(' and ')} not working. Open its deliveries to see why.`;
}

type Editing = { channel?: ChannelDto } | null;

export interface NotificationsScreenProps {
  channels: ChannelListDto;
  policy: PolicyDto;
  mutes: MuteListDto;
  canWrite: boolean;
}

export function NotificationsScreen(props: NotificationsScreenProps) {
  const { canWrite } = props;
  const channels = useQuery({ ...channelsQuery, initialData: props.channels });
  const policy = useQuery({ ...policyQuery, initialData: props.policy });
  const mutes = useQuery({ ...mutesQuery, initialData: props.mutes });
  const [editing, setEditing] = useState<Editing>(null);
  const [made, setMade] = useState<ChannelWithSecretDto | null>(null);
  const [{ show }, setUrl] = useQueryStates(channelParsers, { history: 'push' });
  const { items } = channels.data;
  const add = (
    <Button variant="primary" onClick={() => setEditing({})}>
      Add channel
    </Button>
  );
  return (
    <PageBody width="read">
      <PageHeader
        title="Notifications"
        status={statusSentence(items)}
        actions={
          <>
            {show ? (
              <Button onClick={() => void setUrl({ show: null })}>
                Not delivering
                <X aria-label="Show all channels" />
              </Button>
            ) : null}
            <ButtonLink href="/settings/deliveries">Delivery log</ButtonLink>
            {canWrite && items.length > 0 ? add : null}
          </>
        }
      />
      <QueryProblem queries={[channels, policy, mutes]} title="Could not refresh this page" />
      {items.length === 0 ? (
        <EmptyState
          icon={<BellRing aria-hidden />}
          title="No channels yet"
          action={canWrite ? add : undefined}
        >
          Notifications about expiring keys, rotations and rejected secrets appear only in the console inbox.
          Add email, Slack or a webhook to reach people outside the console.
        </EmptyState>
      ) : (
        <>
          <PageSection title="Channels">
            <ChannelsTable
              channels={shownChannels(items, show)}
              canWrite={canWrite}
              onEdit={(channel) => setEditing({ channel })}
              onSecret={setMade}
            />
          </PageSection>
          <PageSection
            title="Routing"
            description="Choose which notifications go to which channel, and when. Critical notifications are always sent immediately."
          >
            <RoutesTable channels={items} policy={policy.data} canWrite={canWrite} />
          </PageSection>
        </>
      )}
      <PageSection title="Schedule" description="Daily summary time and quiet hours.">
        <ScheduleForm key={policy.data.version} policy={policy.data} canWrite={canWrite} />
      </PageSection>
      <MutesSection mutes={mutes.data.items} canWrite={canWrite} />
      <ChannelDialog
        key={editing?.channel?.id ?? (editing ? 'new' : 'closed')}
        open={editing !== null}
        onOpenChange={(open) => setEditing(open ? editing : null)}
        channel={editing?.channel}
        onSecret={setMade}
      />
      {made ? <SecretDialog made={made} onClose={() => setMade(null)} /> : null}
    </PageBody>
  );
}
