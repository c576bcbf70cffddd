'use client';

import { useQuery } from '@tanstack/react-query';
import { Ban, Ellipsis } from 'lucide-react';
import { parseAsString, useQueryState } from 'nuqs';
import { useEffect, useState } from 'react';
import { DataTableView } from '@/components/data-table/data-view';
import { apiUrl } from '@/components/shell/api-client';
import { useShortcut } from '@/components/shell/shortcut-provider';
import { Button } from '@/components/ui/button';
import { DropdownMenu, MenuItem } from '@/components/ui/dropdown-menu';
import { EmptyState } from '@/components/ui/empty-state';
import { IconButton } from '@/components/ui/icon-button';
import { BLOCK_KIND_NAMES, type BlockDto } from '@/lib/access/blocks/contract';
import { BlockCard, blockColumns, blockFilterKeys, blockPeek } from './block-columns';
import { splitFilter } from './block-filter';
import { activeBlocksQuery, blockKeys, fetchBlockPage, readBlocksFromApi } from './blocks.queries';
import { CreateBlockDrawer, type ProposedBlock } from './create-block-drawer';
import { type BlockActions, useBlockActions } from './use-block-actions';

export interface BlocksScreenProps {
  canWrite: boolean;
  consoleUrl: string;
}

export function BlocksScreen({ canWrite, consoleUrl }: BlocksScreenProps) {
  const { isOpen, proposed, open, close } = useProposed();
  const actions = useBlockActions();
  useShortcut('new', open, canWrite);
  const blockButton = (
    <Button variant="primary" onClick={open}>
      <Ban aria-hidden />
      Add block
    </Button>
  );
  return (
    <>
      <DataTableView<BlockDto>
        title="Blocks"
        status={<Standing />}
        actions={canWrite ? blockButton : null}
        noun={{ one: 'block', many: 'blocks' }}
        columns={blockColumns}
        rowId={(block) => block.id}
        queryKey={blockKeys.list}
        fetchPage={(query, { cursor, signal }) => fetchBlockPage(readBlocksFromApi(signal), query, cursor)}
        defaultFrom={null}
        filterKeys={blockFilterKeys}
        filterPlaceholder="Value, reason, state:active or covers:192.0.2.7"
        card={(block) => <BlockCard block={block} />}
        peek={(block) => blockPeek(block, canWrite, actions)}
        rowActions={canWrite ? (block) => <BlockMenu block={block} actions={actions} /> : undefined}
        curl={(query) => listCurl(consoleUrl, splitFilter(query.clauses).filter)}
        empty={
          <EmptyState icon={<Ban aria-hidden />} title="Nothing is blocked">
            Block an address, key, user or route to stop abuse. Every gate denies it from the next request.
          </EmptyState>
        }
      />
      {isOpen && canWrite ? (
        <CreateBlockDrawer
          open
          proposed={proposed}
          onOpenChange={(next) => {
            if (!next) close();
          }}
        />
      ) : null}
    </>
  );
}

/** `?block=ip:203.0.113.9` proposes a block and is taken out of the URL, so that going back does not propose it again. */
function useProposed() {
  const [isOpen, setOpen] = useState(false);
  const [proposed, setProposed] = useState<ProposedBlock | null>(null);
  const [asked, setAsked] = useQueryState('block', parseAsString);
  useEffect(() => {
    if (asked === null) return;
    const colon = asked.indexOf(':');
    const kind = BLOCK_KIND_NAMES.find((name) => name === asked.slice(0, colon));
    setProposed(kind ? { kind, value: asked.slice(colon + 1) } : null);
    setOpen(true);
    void setAsked(null);
  }, [asked, setAsked]);
  const open = () => {
    setProposed(null);
    setOpen(true);
  };
  return { isOpen, proposed, open, close: () => setOpen(false) };
}

function listCurl(consoleUrl: string, filter: Record<string, string | undefined>): string {
  return `curl -sS '${consoleUrl}${apiUrl('/blocks', filter)}' \\\n  -H "Authorization: Bearer $BULWARK_API_KEY"`;
}

/** How much is refused right now. */
function Standing() {
  const { data } = useQuery(activeBlocksQuery());
  if (!data) return 'Addresses, keys, users and routes that every gate denies.';
  const count = data.items.length;
  if (count === 0) return 'Nothing is blocked.';
  const shown = data.nextCursor === null ? String(count) : `More than ${count}`;
  return `${shown} ${count === 1 ? 'active block' : 'active blocks'}.`;
}

function BlockMenu({ block, actions }: { block: BlockDto; actions: BlockActions }) {
  if (block.state === 'expired' || (block.state === 'lifted' && !block.restoreUntil)) return null;
  return (
    <DropdownMenu
      align="end"
      trigger={
        <IconButton label={`Change the block of ${block.value}`} variant="ghost" size="sm">
          <Ellipsis aria-hidden />
        </IconButton>
      }
    >
      {block.state === 'active' ? (
        <MenuItem tone="danger" disabled={actions.isPending} onSelect={() => actions.lift(block)}>
          Lift block
        </MenuItem>
      ) : (
        <MenuItem disabled={actions.isPending} onSelect={() => actions.restore(block)}>
          Restore block
        </MenuItem>
      )}
    </DropdownMenu>
  );
}
