import type { DataColumn, FilterKey, PeekContent } from '@/components/data-table/data-view-types';
import { Button, ButtonLink } from '@/components/ui/button';
import { CopyText } from '@/components/ui/copy-button';
import { DescriptionItem, DescriptionList } from '@/components/ui/description-list';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import {
  BLOCK_KIND_NAMES,
  BLOCK_KINDS,
  BLOCK_STATES,
  type BlockDto,
  type BlockState,
} from '@/lib/access/blocks/contract';
import type { BlockActions } from './use-block-actions';

const STATES: Record<BlockState, { tone: 'danger' | 'neutral'; word: string }> = {
  active: { tone: 'danger', word: 'Active' },
  expired: { tone: 'neutral', word: 'Expired' },
  lifted: { tone: 'neutral', word: 'Lifted' },
};

function State({ block, look }: { block: BlockDto; look?: 'pill' }) {
  const { tone, word } = STATES[block.state];
  return (
    <Status tone={tone} look={look}>
      {word}
    </Status>
  );
}

function Value({ block }: { block: BlockDto }) {
  return (
    <span className="flex min-w-0 items-baseline gap-2">
      <code className="truncate font-mono text-sm">{block.value}</code>
      {block.label ? <span className="shrink-0 text-faint text-xs">{block.label}</span> : null}
    </span>
  );
}

function End({ block }: { block: BlockDto }) {
  if (block.state === 'lifted') return <Time value={block.liftedAt} mode="relative" />;
  return <Time value={block.expiresAt} mode="relative" empty="Never" />;
}

export const blockColumns: readonly DataColumn<BlockDto>[] = [
  { id: 'value', header: 'Blocked', width: 280, hideable: false, cell: (block) => <Value block={block} /> },
  {
    id: 'kind',
    header: 'Kind',
    width: 144,
    cell: (block) => BLOCK_KINDS[block.kind],
    filterKey: 'kind',
    filterValue: (block) => block.kind,
  },
  {
    id: 'state',
    header: 'State',
    width: 104,
    cell: (block) => <State block={block} />,
    filterKey: 'state',
    filterValue: (block) => block.state,
  },
  { id: 'reason', header: 'Reason', cell: (block) => <span className="truncate">{block.reason}</span> },
  { id: 'ends', header: 'Ends', width: 104, cell: (block) => <End block={block} /> },
  {
    id: 'createdAt',
    header: 'Since',
    width: 104,
    cell: (block) => <Time value={block.createdAt} mode="relative" />,
  },
  {
    id: 'createdBy',
    header: 'By',
    width: 120,
    cell: (block) => block.createdBy?.name ?? <span className="text-faint">–</span>,
  },
];

export const blockFilterKeys: FilterKey[] = [
  { key: 'state', label: 'Block state', values: BLOCK_STATES },
  { key: 'kind', label: 'What is blocked', values: BLOCK_KIND_NAMES },
  { key: 'covers', label: 'Networks around this address' },
];

/** A block on a phone. */
export function BlockCard({ block }: { block: BlockDto }) {
  return (
    <span className="flex flex-col gap-1">
      <span className="flex items-center justify-between gap-2">
        <Value block={block} />
        <State block={block} />
      </span>
      <span className="truncate text-muted text-xs">{block.reason}</span>
      <span className="flex justify-between gap-3 text-muted text-xs">
        <span>{BLOCK_KINDS[block.kind]}</span>
        <span>
          Ends <End block={block} />
        </span>
      </span>
    </span>
  );
}

function sentenceOf(block: BlockDto): string {
  if (block.state === 'active') return 'Every gate denies matching requests.';
  return block.state === 'lifted' ? 'Lifted. This block no longer denies requests.' : 'This block expired.';
}

function Facts({ block }: { block: BlockDto }) {
  return (
    <DescriptionList>
      <DescriptionItem label="Blocked">
        <CopyText value={block.value} label="Copy value" />
      </DescriptionItem>
      <DescriptionItem label="Kind">{BLOCK_KINDS[block.kind]}</DescriptionItem>
      <DescriptionItem label="Reason">{block.reason}</DescriptionItem>
      <DescriptionItem label="By">{block.createdBy?.name ?? 'A service or the command line'}</DescriptionItem>
      <DescriptionItem label="Since">
        <Time value={block.createdAt} precision="second" />
      </DescriptionItem>
      <DescriptionItem label="Ends">
        <Time value={block.expiresAt} precision="second" empty="When it is lifted" />
      </DescriptionItem>
      {block.liftedAt ? (
        <DescriptionItem label="Lifted">
          <Time value={block.liftedAt} precision="second" />
          {block.liftedBy ? ` by ${block.liftedBy.name}` : ''}
        </DescriptionItem>
      ) : null}
    </DescriptionList>
  );
}

/** A block beside the list, with what can be done about it. */
export function blockPeek(block: BlockDto, canWrite: boolean, actions: BlockActions): PeekContent {
  return {
    title: block.value,
    description: sentenceOf(block),
    body: (
      <div className="flex flex-col gap-5">
        <State block={block} look="pill" />
        <Facts block={block} />
      </div>
    ),
    footer: (
      <>
        <ButtonLink href={`/audit?q=target:${block.id}`}>View changes in the audit log</ButtonLink>
        {canWrite && block.state === 'active' ? (
          <Button variant="danger-quiet" loading={actions.isPending} onClick={() => actions.lift(block)}>
            Lift block
          </Button>
        ) : null}
        {canWrite && block.restoreUntil ? (
          <Button loading={actions.isPending} onClick={() => actions.restore(block)}>
            Restore block
          </Button>
        ) : null}
      </>
    ),
  };
}
