'use client';

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Inbox } from 'lucide-react';
import { useState } from 'react';
import { ApiError } from '@/components/shell/api-client';
import { PageCrumb } from '@/components/shell/crumbs';
import { standingQuery } from '@/components/shell/standing.queries';
import { StandingLine } from '@/components/shell/standing-line';
import { Button, ButtonLink } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import { ErrorState } from '@/components/ui/error-state';
import { PageBody, PageHeader } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { RadioGroup } from '@/components/ui/radio-group';
import { SkeletonLines } from '@/components/ui/skeleton';
import { type InboxDto, type InboxItemDto, UNREAD_COUNT_MAX } from '@/lib/platform/notifications/contract';
import { NoticeItem } from './notice-item';
import { fetchInbox, notificationKeys } from './notifications.queries';
import { useMarkRead } from './use-mark-read';

type Shown = 'any' | 'only';

function unreadSentence(unread: number | undefined): string {
  if (unread === undefined) return 'Your notifications in this tenant.';
  if (unread === 0) return 'No unread notifications.';
  if (unread >= UNREAD_COUNT_MAX) return `${UNREAD_COUNT_MAX} or more unread notifications.`;
  return unread === 1 ? '1 unread notification.' : `${unread} unread notifications.`;
}

function NoticeList({
  items,
  onOpen,
}: {
  items: readonly InboxItemDto[];
  onOpen: (notice: InboxItemDto) => void;
}) {
  return (
    <Panel>
      <ul className="divide-y divide-line">
        {items.map((notice) => (
          <li key={notice.id} className="px-4 py-3">
            <NoticeItem notice={notice} onOpen={onOpen} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

/** All notices of the person in this tenant, newest first. */
export function InboxScreen({ canConfigure }: { canConfigure: boolean }) {
  const [shown, setShown] = useState<Shown>('any');
  const { markAll, markOne, isPending } = useMarkRead();
  const inbox = useInfiniteQuery({
    queryKey: [...notificationKeys.inbox, 'list', shown],
    queryFn: ({ pageParam, signal }) => fetchInbox(shown, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last: InboxDto) => last.nextCursor,
  });
  const standing = useQuery(standingQuery);
  const items = inbox.data?.pages.flatMap((page) => page.items) ?? [];
  const unread = inbox.data?.pages[0]?.unread;
  return (
    <PageBody width="read">
      <PageCrumb label="Inbox" />
      <PageHeader
        title="Inbox"
        status={unreadSentence(unread)}
        actions={
          <>
            {canConfigure ? (
              <ButtonLink href="/settings/notifications">Channels and routes</ButtonLink>
            ) : null}
            <Button disabled={!unread} loading={isPending} onClick={markAll}>
              Mark all as read
            </Button>
          </>
        }
      />
      {standing.data ? <StandingLine standing={standing.data} /> : null}
      <RadioGroup
        aria-label="Show"
        layout="row"
        value={shown}
        onValueChange={setShown}
        options={[
          { value: 'any', label: 'All' },
          { value: 'only', label: 'Unread' },
        ]}
      />
      {inbox.isPending ? (
        <SkeletonLines lines={8} label="Loading notifications" />
      ) : inbox.isError ? (
        <ErrorState
          title="Could not load notifications"
          onRetry={() => void inbox.refetch()}
          retrying={inbox.isFetching}
          requestId={inbox.error instanceof ApiError ? (inbox.error.requestId ?? undefined) : undefined}
        >
          {inbox.error.message}
        </ErrorState>
      ) : items.length === 0 ? (
        <EmptyState
          icon={<Inbox aria-hidden />}
          title={shown === 'only' ? 'Everything is read' : 'Nothing yet'}
        >
          Expiring keys, rotations, rejected secrets and sign-ins from new devices always appear here, even if
          no channel is set up.
        </EmptyState>
      ) : (
        <NoticeList items={items} onOpen={markOne} />
      )}
      {inbox.hasNextPage ? (
        <div>
          <Button loading={inbox.isFetchingNextPage} onClick={() => void inbox.fetchNextPage()}>
            Show older
          </Button>
        </div>
      ) : null}
    </PageBody>
  );
}
