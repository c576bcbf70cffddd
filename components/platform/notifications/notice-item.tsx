import Link from 'next/link';
import { Time } from '@/components/ui/time';
import type { InboxItemDto } from '@/lib/platform/notifications/contract';
import { NoticeMark } from './notice-words';

/** One notice: its words and the way to what it is about. Following it marks it as read. */
export function NoticeItem({
  notice,
  onOpen,
}: {
  notice: InboxItemDto;
  onOpen: (notice: InboxItemDto) => void;
}) {
  const isUnread = notice.readAt === null;
  return (
    <div className="flex min-w-0 items-start gap-2.5">
      <NoticeMark severity={notice.severity} />
      <div className="flex min-w-0 flex-1 flex-col gap-0.5">
        <span className="flex items-baseline justify-between gap-3">
          <span
            className={
              isUnread ? 'text-base font-medium wrap-anywhere' : 'text-base text-muted wrap-anywhere'
            }
          >
            {isUnread ? <span className="sr-only">Unread: </span> : null}
            {notice.title}
          </span>
          <span className="flex shrink-0 items-center gap-2 text-xs text-faint">
            <Time value={notice.createdAt} mode="relative" />
            <span aria-hidden="true" className={isUnread ? 'size-2 rounded-full bg-accent' : 'size-2'} />
          </span>
        </span>
        <span className="text-sm text-muted wrap-anywhere">{notice.body}</span>
        <Link
          href={notice.action.path}
          className="w-fit text-sm text-accent-text hover:underline"
          onClick={() => onOpen(notice)}
        >
          {notice.action.label}
        </Link>
      </div>
    </div>
  );
}
