'use client';

import { Autocomplete } from '@base-ui/react/autocomplete';
import { useQuery } from '@tanstack/react-query';
import { ListFilter, X } from 'lucide-react';
import { type KeyboardEvent, useRef, useState } from 'react';
import { useShortcut } from '@/components/shell/shortcut-provider';
import { shortcutKeys } from '@/components/shell/shortcuts';
import { cn } from '@/components/ui/cn';
import { IconButton } from '@/components/ui/icon-button';
import { Kbd } from '@/components/ui/kbd';
import { popupClass } from '@/components/ui/popup-class';
import { visibleText } from '@/components/ui/visible-text';
import type { FacetValue, FilterKey } from './data-view-types';
import { addClause, type FilterClause, removeClause, serializeClause } from './filter-grammar';
import { draftClauses, draftTarget, type FilterSuggestion, suggest } from './filter-suggest';

export interface FilterBarProps {
  keys: readonly FilterKey[];
  facets: Readonly<Record<string, readonly FacetValue[]>>;
  clauses: readonly FilterClause[];
  onChange: (clauses: readonly FilterClause[]) => void;
  placeholder?: string;
}

function useValues(
  target: ReturnType<typeof draftTarget>,
  keys: readonly FilterKey[],
  facets: FilterBarProps['facets'],
) {
  const key = keys.find((candidate) => candidate.key === target?.key);
  const remote = useQuery({
    queryKey: ['filter-values', key?.key, target?.prefix],
    queryFn: ({ signal }) => key?.complete?.(target?.prefix ?? '', signal) ?? [],
    enabled: key?.complete !== undefined,
  });
  if (!key) return [];
  const counted = facets[key.key] ?? [];
  const seen = new Set(counted.map(({ value }) => value));
  const plain = [...(key.values ?? []), ...(remote.data ?? [])].filter((value) => !seen.has(value));
  return [...counted, ...[...new Set(plain)].map((value) => ({ value }))];
}

export function FilterBar({ keys, facets, clauses, onChange, placeholder }: FilterBarProps) {
  const [draft, setDraft] = useState('');
  const [open, setOpen] = useState(false);
  const highlighted = useRef(false);
  const keepOpen = useRef(false);
  const box = useRef<HTMLDivElement>(null);
  const input = useRef<HTMLInputElement>(null);
  const suggestions = suggest(draft, keys, useValues(draftTarget(draft), keys, facets));
  useShortcut('filter', () => input.current?.focus());
  useShortcut('clear-filters', () => onChange([]), clauses.length > 0);

  const commit = (text: string) => {
    const added = draftClauses(text, keys);
    if (added.length > 0) onChange(added.reduce<FilterClause[]>(addClause, [...clauses]));
    setDraft('');
  };
  const changeDraft = (text: string, reason: string) => {
    const chosen = reason === 'item-press' ? suggestions.find(({ insert }) => insert === text) : undefined;
    keepOpen.current = chosen !== undefined && !chosen.complete;
    if (chosen?.complete) commit(text);
    else setDraft(text);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter' && !highlighted.current) {
      event.preventDefault();
      commit(draft);
      setOpen(false);
    } else if (event.key === 'Backspace' && draft === '' && clauses.length > 0) {
      event.preventDefault();
      const last = clauses.at(-1);
      onChange(clauses.slice(0, -1));
      if (last) setDraft(serializeClause(last));
    } else if (event.key === 'Escape' && !open) {
      if (draft === '') input.current?.blur();
      setDraft('');
    }
  };

  return (
    <Autocomplete.Root
      items={suggestions}
      mode="none"
      value={draft}
      onValueChange={(text, { reason }) => changeDraft(text, reason)}
      itemToStringValue={(item: FilterSuggestion) => item.insert}
      open={open && suggestions.length > 0}
      onOpenChange={(next) => {
        setOpen(next || keepOpen.current);
        keepOpen.current = false;
      }}
      onItemHighlighted={(item) => {
        highlighted.current = item !== undefined;
      }}
      openOnInputClick
    >
      <div
        ref={box}
        className="flex min-h-8 min-w-0 flex-1 flex-wrap items-center gap-1 rounded-md border border-line-strong bg-surface py-0.5 pr-1 pl-2.5 focus-within:border-accent focus-within:outline-1 focus-within:outline-accent"
      >
        <ListFilter aria-hidden className="mr-1 size-3.5 text-faint" />
        <Chips clauses={clauses} onChange={onChange} />
        <Autocomplete.Input
          ref={input}
          aria-label="Filter"
          placeholder={clauses.length === 0 ? (placeholder ?? 'Filter, e.g. key:value') : 'Add a filter'}
          onKeyDown={onKeyDown}
          spellCheck={false}
          className="h-6 min-w-28 flex-1 bg-transparent text-sm outline-none"
        />
        {clauses.length > 0 ? (
          <IconButton
            label="Clear filters"
            keys={shortcutKeys('clear-filters')}
            size="sm"
            className="size-6"
            onClick={() => onChange([])}
          >
            <X aria-hidden className="size-3.5" />
          </IconButton>
        ) : (
          <Kbd keys={shortcutKeys('filter')} className="pr-1 max-md:hidden" />
        )}
      </div>
      <Suggestions anchor={box} />
    </Autocomplete.Root>
  );
}

function Suggestions({ anchor }: { anchor: React.RefObject<HTMLDivElement | null> }) {
  return (
    <Autocomplete.Portal>
      <Autocomplete.Positioner anchor={anchor} align="start" sideOffset={4} className="z-50">
        <Autocomplete.Popup
          className={cn(
            popupClass,
            'scroll-quiet max-h-[min(20rem,var(--available-height))] w-[min(420px,var(--available-width))] overflow-y-auto p-1',
          )}
        >
          <Autocomplete.List>
            {(item: FilterSuggestion) => (
              <Autocomplete.Item
                key={item.insert}
                value={item}
                className="flex h-7 cursor-default items-center gap-3 rounded-sm px-2 text-sm outline-none select-none data-highlighted:bg-hover"
              >
                <span className="truncate font-mono">{item.label}</span>
                {item.hint ? <span className="ml-auto shrink-0 text-xs text-faint">{item.hint}</span> : null}
              </Autocomplete.Item>
            )}
          </Autocomplete.List>
        </Autocomplete.Popup>
      </Autocomplete.Positioner>
    </Autocomplete.Portal>
  );
}

function Chips({ clauses, onChange }: Pick<FilterBarProps, 'clauses' | 'onChange'>) {
  return clauses.map((clause) => {
    const text = serializeClause(clause);
    return (
      <span
        key={text}
        className={cn(
          'inline-flex h-6 max-w-full items-center rounded-sm border text-sm',
          clause.exclude ? 'border-danger-line bg-danger-wash' : 'border-accent-line bg-accent-wash',
        )}
      >
        <button
          type="button"
          title={clause.exclude ? 'Keep these instead' : 'Exclude these instead'}
          onClick={() => onChange(addClause(clauses, { ...clause, exclude: !clause.exclude }))}
          className="flex min-w-0 items-center gap-1 rounded-l-sm pl-1.5 font-mono"
        >
          {clause.exclude ? <span className="font-sans text-danger-text">not</span> : null}
          {clause.key ? <span className="text-muted">{clause.key}:</span> : null}
          <span className="truncate">{clause.value === '' ? '""' : visibleText(clause.value)}</span>
        </button>
        <button
          type="button"
          aria-label={`Remove ${text}`}
          onClick={() => onChange(removeClause(clauses, clause))}
          className="flex h-full w-5 items-center justify-center rounded-r-sm text-muted hover:text-ink"
        >
          <X aria-hidden className="size-3" />
        </button>
      </span>
    );
  });
}
