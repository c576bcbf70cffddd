'use client';

import { useQuery } from '@tanstack/react-query';
import { Bookmark, Check, Link2, Pencil, Plus, Save, Trash2 } from 'lucide-react';
import { useQueryStates } from 'nuqs';
import { type ReactNode, useState } from 'react';
import { dataViewParsers } from '@/components/data-table/search-params';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { DropdownMenu, MenuGroup, MenuItem, MenuSeparator } from '@/components/ui/dropdown-menu';
import { notify } from '@/components/ui/notify';
import { useCopy } from '@/components/ui/use-copy';
import type { SavedViewDto } from '@/lib/assurance/findings/saved-views-contract';
import { contentOf, findingParsers, isSame, urlOf } from './finding-url';
import { createView, deleteView, savedViewsQuery, updateView } from './saved-views.queries';
import { ViewDialog } from './view-dialog';

const EMPTY = { q: null, sort: null, group: null, view: null, open: null };
const parsers = { ...findingParsers, open: dataViewParsers.open };

/** What the list shows, which view it came from, and how to show another. */
function useShown() {
  const [url, setUrl] = useQueryStates(parsers, { history: 'push' });
  const { data } = useQuery(savedViewsQuery);
  const views = data?.items ?? [];
  const shown = contentOf(url);
  const current = views.find(({ id }) => id === url.view) ?? null;
  return {
    views,
    shown,
    current,
    isChanged: current !== null && !isSame(current, shown),
    show: (view: SavedViewDto) => void setUrl({ ...EMPTY, ...urlOf(view) }),
    showAll: () => void setUrl(EMPTY),
    forget: () => void setUrl({ view: null }, { history: 'replace' }),
  };
}

type Shown = ReturnType<typeof useShown>;

const refresh = [savedViewsQuery.queryKey];

function useViewActions({ shown, forget, show }: Shown) {
  const restore = useAction<SavedViewDto>({
    run: async ({ name, filter, sort, group, isShared }) =>
      show(await createView({ name, filter, sort, group, isShared })),
    refresh,
    done: () => ({ title: 'View restored' }),
    failed: 'Could not restore the view',
  });
  const remove = useAction<SavedViewDto>({
    run: deleteView,
    refresh,
    done: (view) => {
      forget();
      return { title: `Deleted ${view.name}`, undo: () => restore.mutate(view) };
    },
    failed: 'Could not delete the view',
  });
  const change = useAction<SavedViewDto>({
    run: (view) => updateView(view, shown),
    refresh,
    done: ({ name }) => ({ title: `View “${name}” updated` }),
    failed: 'Could not update the view',
  });
  return { remove, change };
}

function ViewGroup({ label, list, state }: { label: string; list: readonly SavedViewDto[]; state: Shown }) {
  if (list.length === 0) return null;
  return (
    <MenuGroup label={label}>
      {list.map((view) => (
        <MenuItem
          key={view.id}
          icon={view.id === state.current?.id ? <Check aria-hidden /> : <Bookmark aria-hidden />}
          hint={view.isShared && !view.isOwn ? `By ${view.owner ?? 'a former member'}` : undefined}
          onSelect={() => state.show(view)}
        >
          <span className="max-w-64 break-words">{view.name}</span>
        </MenuItem>
      ))}
    </MenuGroup>
  );
}

interface CurrentActsProps {
  view: SavedViewDto;
  isChanged: boolean;
  canChange: boolean;
  actions: ReturnType<typeof useViewActions>;
  onRename: () => void;
}

/** What can be done with the view that is shown. */
function CurrentActs({ view, isChanged, canChange, actions, onRename }: CurrentActsProps) {
  const { copy } = useCopy();
  const copyLink = async () => {
    await copy(`${window.location.origin}/findings/views/${view.id}`);
    notify({ title: 'Link copied', id: 'copied' });
  };
  return (
    <>
      {canChange && isChanged ? (
        <MenuItem icon={<Save aria-hidden />} onSelect={() => actions.change.mutate(view)}>
          Save the changes
        </MenuItem>
      ) : null}
      <MenuItem icon={<Link2 aria-hidden />} onSelect={() => void copyLink()}>
        Copy its link
      </MenuItem>
      {canChange ? (
        <>
          <MenuItem icon={<Pencil aria-hidden />} onSelect={onRename}>
            {view.isOwn ? 'Rename or share' : 'Rename'}
          </MenuItem>
          <MenuItem icon={<Trash2 aria-hidden />} tone="danger" onSelect={() => actions.remove.mutate(view)}>
            Delete
          </MenuItem>
        </>
      ) : null}
    </>
  );
}

function triggerWords({ current, isChanged }: Shown): ReactNode {
  if (!current) return 'Views';
  return (
    <>
      <span className="max-w-40 truncate">{current.name}</span>
      {isChanged ? <span className="text-faint">changed</span> : null}
    </>
  );
}

/** Saved questions to the list: opens one, keeps what is shown, changes those that one may change. */
export function ViewsMenu({ canShare }: { canShare: boolean }) {
  const state = useShown();
  const { current, views } = state;
  const actions = useViewActions(state);
  const [dialog, setDialog] = useState<{ view: SavedViewDto | null } | null>(null);
  const canChange = current !== null && (current.isShared ? canShare : current.isOwn);
  return (
    <>
      <DropdownMenu
        className="w-72"
        trigger={
          <Button>
            <Bookmark aria-hidden className="size-3.5" />
            {triggerWords(state)}
          </Button>
        }
      >
        <MenuItem
          icon={views.length > 0 && !current ? <Check aria-hidden /> : <span className="size-4" />}
          onSelect={state.showAll}
        >
          All open findings
        </MenuItem>
        <ViewGroup label="Shared" list={views.filter(({ isShared }) => isShared)} state={state} />
        <ViewGroup label="Yours" list={views.filter(({ isShared }) => !isShared)} state={state} />
        <MenuSeparator />
        <MenuItem icon={<Plus aria-hidden />} onSelect={() => setDialog({ view: null })}>
          Save current view…
        </MenuItem>
        {current ? (
          <CurrentActs
            view={current}
            isChanged={state.isChanged}
            canChange={canChange}
            actions={actions}
            onRename={() => setDialog({ view: current })}
          />
        ) : null}
      </DropdownMenu>
      {dialog ? (
        <ViewDialog
          view={dialog.view}
          shown={state.shown}
          canShare={canShare}
          onClose={() => setDialog(null)}
          onSaved={(saved) => (dialog.view ? undefined : state.show(saved))}
        />
      ) : null}
    </>
  );
}
