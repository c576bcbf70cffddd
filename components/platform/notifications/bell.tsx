'use client';

import { useQuery } from '@tanstack/react-query';
import { Bell as BellIcon } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';
import { QueryProblem } from '@/components/shell/query-problem';
import { standingQuery } from '@/components/shell/standing.queries';
import { StandingLine } from '@/components/shell/standing-line';
import { Button } from '@/components/ui/button';
import { IconButton } from '@/components/ui/icon-button';
import { Popover } from '@/components/ui/popover';
import { SkeletonLines } from '@/components/ui/skeleton';
import { type InboxItemDto, UNREAD_COUNT_MAX } from '@/lib/platform/notifications/contract';
import { NoticeItem } from './notice-item';
import { bellQuery } from './notifications.queries';
import { useMarkRead } from './use-mark-read';

function labelOf(unread: number): string {
  if (unread === 0) return 'Notifications, none unread';
  return `Notifications, ${unread >= UNREAD_COUNT_MAX ? `${UNREAD_COUNT_MAX} or more` : unread} unread`;
}

/** The newest notices of the person, with how many are unread. */
export function Bell() {
  const [isOpen, setOpen] = useState(false);
  const inbox = useQuery(bellQuery);
  const standing = useQuery({ ...standingQuery, enabled: isOpen });
  const { markAll, markOne, isPending } = useMarkRead();
  const unread = inbox.data?.unread ?? 0;
  const open = (notice: InboxItemDto) => {
    markOne(notice);
    setOpen(false);
  };
  return (
    <Popover
      label="Notifications"
      align="end"
      open={isOpen}
      onOpenChange={setOpen}
      className="flex w-[400px] flex-col p-0"
      trigger={
        <IconButton label={labelOf(unread)} tooltip={false} className="relative">
          <BellIcon aria-hidden />
          {unread > 0 ? (
            <span
              aria-hidden="true"
              className="absolute -top-0.5 -right-0.5 flex h-4 min-w-4 items-center justify-center rounded-full bg-accent px-1 text-[10px] leading-none font-semibold text-accent-ink"
            >
              {unread > 99 ? '99+' : unread}
            </span>
          ) : null}
        </IconButton>
      }
    >
      <div className="flex items-center justify-between gap-2 border-b border-line py-2 pr-2 pl-4">
        <span className="text-base font-semibold">Notifications</span>
        <Button size="sm" variant="ghost" disabled={unread === 0} loading={isPending} onClick={markAll}>
          Mark all as read
        </Button>
      </div>
      {standing.data ? (
        <div className="border-b border-line px-4 py-2">
          <StandingLine standing={standing.data} onOpen={() => setOpen(false)} />
        </div>
      ) : null}
      <div className="scroll-quiet max-h-[min(440px,60vh)] overflow-y-auto">
        <QueryProblem queries={[inbox]} title="Could not load notifications" />
        {inbox.isPending ? <SkeletonLines lines={4} label="Loading notifications" /> : null}
        {inbox.data?.items.length === 0 ? (
          <p className="px-4 py-6 text-center text-sm text-muted">
            No notifications yet. Expiring keys, rotations and new sign-ins appear here.
          </p>
        ) : null}
        <ul className="divide-y divide-line">
          {inbox.data?.items.map((notice) => (
            <li key={notice.id} className="px-4 py-3">
              <NoticeItem notice={notice} onOpen={open} />
            </li>
          ))}
        </ul>
      </div>
      <Link
        href="/inbox"
        className="border-t border-line px-4 py-2 text-center text-sm text-accent-text hover:underline"
        onClick={() => setOpen(false)}
      >
        Open the inbox
      </Link>
    </Popover>
  );
}
