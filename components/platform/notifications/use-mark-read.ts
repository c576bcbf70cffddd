import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import type { InboxItemDto, MarkReadInput } from '@/lib/platform/notifications/contract';
import { notificationKeys } from './notifications.queries';

/** Marks the caller's notices as read: all of them, or one that is being opened. */
export function useMarkRead() {
  const mark = useAction<MarkReadInput>({
    run: (body) => apiFetch('/notifications/inbox/read', { method: 'POST', body }),
    refresh: [notificationKeys.inbox],
    done: () => null,
    failed: 'Could not mark notifications as read',
  });
  return {
    isPending: mark.isPending,
    markAll: () => mark.mutate({ all: true }),
    markOne: ({ id, readAt }: InboxItemDto) => {
      if (readAt === null) mark.mutate({ ids: [id] });
    },
  };
}
