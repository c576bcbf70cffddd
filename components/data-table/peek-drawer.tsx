'use client';

import { useQuery } from '@tanstack/react-query';
import { ChevronDown, ChevronUp } from 'lucide-react';
import { shortcutKeys } from '@/components/shell/shortcuts';
import { CopyButton } from '@/components/ui/copy-button';
import { Drawer } from '@/components/ui/drawer';
import { ErrorState } from '@/components/ui/error-state';
import { IconButton } from '@/components/ui/icon-button';
import { SkeletonLines } from '@/components/ui/skeleton';
import type { PeekContent } from './data-view-types';
import { describeError } from './request-error';

export interface PeekDrawerProps<Row> {
  queryKey: readonly unknown[];
  openId: string | null;
  /** The open row when it is among the loaded ones. */
  row: Row | undefined;
  /** Fetches a row that is not loaded, e.g. after following a link. */
  fetchRow?: (id: string, signal: AbortSignal) => Promise<Row>;
  peek: (row: Row) => PeekContent;
  /** True once the list has answered, so that a missing row is really not there. */
  settled: boolean;
  onClose: () => void;
  onMove: (by: 1 | -1) => void;
  canMove: (by: 1 | -1) => boolean;
}

export function PeekDrawer<Row>(props: PeekDrawerProps<Row>) {
  const { openId, row, fetchRow } = props;
  const single = useQuery({
    queryKey: [...props.queryKey, 'row', openId],
    queryFn: ({ signal }) => {
      if (!fetchRow || openId === null) throw new Error('no row to fetch');
      return fetchRow(openId, signal);
    },
    enabled: fetchRow !== undefined && openId !== null && row === undefined && props.settled,
    retry: false,
  });
  const shown = row ?? (openId === null ? undefined : single.data);
  const content = shown === undefined ? pendingContent(props, single.error) : props.peek(shown);
  return (
    <Drawer
      open={openId !== null}
      onOpenChange={(open) => {
        if (!open) props.onClose();
      }}
      modal={false}
      title={content.title}
      description={content.description}
      footer={content.footer}
      actions={
        <>
          <CopyButton
            value={() => window.location.href}
            label="Copy link to this row"
            size="md"
            className="max-sm:hidden"
          />
          <IconButton
            label="Previous"
            keys={shortcutKeys('row-previous')}
            disabled={!props.canMove(-1)}
            onClick={() => props.onMove(-1)}
          >
            <ChevronUp aria-hidden />
          </IconButton>
          <IconButton
            label="Next"
            keys={shortcutKeys('row-next')}
            disabled={!props.canMove(1)}
            onClick={() => props.onMove(1)}
          >
            <ChevronDown aria-hidden />
          </IconButton>
        </>
      }
    >
      {content.body}
    </Drawer>
  );
}

function pendingContent<Row>({ fetchRow, settled }: PeekDrawerProps<Row>, error: Error | null): PeekContent {
  if (error || (settled && !fetchRow)) {
    const { message, requestId } = describeError(error);
    return {
      title: 'Not found',
      body: (
        <ErrorState title="Could not open this item" requestId={requestId} className="px-0 py-4">
          {message ?? 'It may be outside the selected time range, or you may not have permission to view it.'}
        </ErrorState>
      ),
    };
  }
  return { title: 'Loading', body: <SkeletonLines lines={8} /> };
}
