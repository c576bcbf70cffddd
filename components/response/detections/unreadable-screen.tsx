'use client';

import { FileWarning } from 'lucide-react';
import { DataTableView } from '@/components/data-table/data-view';
import type { DataColumn, PeekContent } from '@/components/data-table/data-view-types';
import { ButtonLink } from '@/components/ui/button';
import { CodeBlock } from '@/components/ui/code-block';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { EmptyState } from '@/components/ui/empty-state';
import { Time } from '@/components/ui/time';
import { visibleText } from '@/components/ui/visible-text';
import type { UnreadableListDto } from '@/lib/response/detections/sensor-contract';
import { Part } from './detection-parts';
import { DetectionTabs } from './detection-tabs';
import { kindWords } from './detection-words';
import { detectionKeys } from './detections.queries';
import { fetchUnreadable } from './sensors.queries';

type Unreadable = UnreadableListDto['items'][number];

const columns: readonly DataColumn<Unreadable>[] = [
  {
    id: 'receivedAt',
    header: 'Received',
    width: 190,
    hideable: false,
    cell: ({ receivedAt }) => <Time value={receivedAt} precision="millisecond" />,
  },
  { id: 'sender', header: 'Sent by', width: 152, cell: ({ sender }) => sender },
  { id: 'kind', header: 'To', width: 120, cell: ({ kind }) => kindWords(kind) },
  { id: 'problem', header: 'Problem', cell: ({ problem }) => <span className="truncate">{problem}</span> },
  { id: 'events', header: 'Events read', width: 96, align: 'right', cell: ({ events }) => events },
];

function peek(delivery: Unreadable): PeekContent {
  return {
    title: 'Could not be read',
    description: delivery.sender,
    body: (
      <div className="flex flex-col gap-5">
        <p className="text-sm break-words">{delivery.problem}</p>
        <DescriptionList>
          <DescriptionItem label="Received">
            <Time value={delivery.receivedAt} precision="millisecond" />
          </DescriptionItem>
          <DescriptionItem label="Sent to">{kindWords(delivery.kind)}</DescriptionItem>
          <DescriptionItem label="Size">{delivery.bytes.toLocaleString('en')} bytes</DescriptionItem>
          <DescriptionItem label="Events read">{delivery.events}</DescriptionItem>
        </DescriptionList>
        <Part title="Its beginning">
          <CodeBlock code={visibleText(delivery.body)} copyLabel="Copy" wrap />
        </Part>
      </div>
    ),
    footer: <ButtonLink href={`/audit?open=${delivery.id}`}>View the receipt in the audit log</ButtonLink>,
  };
}

const rowId = ({ id }: Unreadable) => id;

/** What was received and could not be read: nothing disappears unsaid. */
export function UnreadableScreen() {
  return (
    <DataTableView<Unreadable>
      title="Could not be read"
      tabs={<DetectionTabs current="/detections/sensors" />}
      status="Deliveries of which a part was no event. Kept for 30 days; try one with ?strict=1 to see why."
      noun={{ one: 'delivery', many: 'deliveries' }}
      columns={columns}
      rowId={rowId}
      queryKey={detectionKeys.unreadable}
      fetchPage={fetchUnreadable}
      defaultFrom={null}
      filterKeys={[]}
      peek={peek}
      card={(delivery) => (
        <span className="flex flex-col gap-1">
          <span className="text-sm break-words">{delivery.problem}</span>
          <span className="flex justify-between gap-2 text-xs text-faint">
            <Time value={delivery.receivedAt} />
            <span className="truncate">{delivery.sender}</span>
          </span>
        </span>
      )}
      empty={
        <EmptyState icon={<FileWarning aria-hidden />} title="Everything could be read">
          What is no event, is cut off or exceeds a limit is kept here with the reason.
        </EmptyState>
      }
    />
  );
}
