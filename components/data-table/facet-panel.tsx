'use client';

import { ChevronRight, Minus } from 'lucide-react';
import { useState } from 'react';
import { Checkbox } from '@/components/ui/checkbox';
import { cn } from '@/components/ui/cn';
import { Skeleton } from '@/components/ui/skeleton';
import { Tooltip } from '@/components/ui/tooltip';
import { useDataViewFilters } from './data-view-context';
import type { FacetDefinition, FacetValue } from './data-view-types';
import { clauseState } from './filter-grammar';

const SHOWN = 6;

export interface FacetPanelProps {
  definitions: readonly FacetDefinition[];
  /** Values with counts from the server; undefined while they are first fetched. */
  values: Readonly<Record<string, readonly FacetValue[]>> | undefined;
  stale?: boolean;
}

export function FacetPanel({ definitions, values, stale }: FacetPanelProps) {
  const isSampled = Object.values(values ?? {}).some((list) => list.some(({ isCapped }) => isCapped));
  return (
    <div className={cn('flex flex-col', stale && 'opacity-70')}>
      {isSampled ? (
        <p className="px-2 pb-2 text-xs text-muted">
          There is too much to count it all: a number with a plus is of a sample, and the least there is.
        </p>
      ) : null}
      {definitions.map((definition) => (
        <Facet key={definition.key} definition={definition} values={values?.[definition.key]} />
      ))}
    </div>
  );
}

/** Chosen values stay listed even when the server no longer counts them. */
function withChosen(values: readonly FacetValue[], chosen: readonly string[]): FacetValue[] {
  const known = new Set(values.map(({ value }) => value));
  return [...values, ...chosen.filter((value) => !known.has(value)).map((value) => ({ value, count: 0 }))];
}

function Facet({ definition, values }: { definition: FacetDefinition; values?: readonly FacetValue[] }) {
  const [open, setOpen] = useState(!definition.closed);
  const [all, setAll] = useState(false);
  const { clauses } = useDataViewFilters();
  const chosen = clauses.filter(({ key }) => key === definition.key).map(({ value }) => value);
  const listed = values ? withChosen(values, chosen) : undefined;
  const shown = all ? listed : listed?.slice(0, SHOWN);
  return (
    <section className="border-b border-line py-1 last:border-b-0">
      <h2>
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex h-8 w-full items-center gap-1.5 rounded-md px-2 text-sm font-medium hover:bg-hover"
        >
          <ChevronRight
            aria-hidden
            className={cn('size-3.5 text-faint transition-transform duration-100', open && 'rotate-90')}
          />
          {definition.label}
          {chosen.length > 0 ? (
            <span className="ml-auto text-xs text-accent-text">{chosen.length}</span>
          ) : null}
        </button>
      </h2>
      {open ? (
        <ul className="flex flex-col pb-2">
          {shown?.map((value) => <FacetRow key={value.value} definition={definition} value={value} />) ?? (
            <FacetSkeleton />
          )}
          {listed?.length === 0 ? <li className="px-2 py-1 text-xs text-faint">No values</li> : null}
          {listed && listed.length > SHOWN ? (
            <li>
              <button
                type="button"
                onClick={() => setAll(!all)}
                className="rounded-sm px-2 py-1 text-xs text-accent-text hover:underline"
              >
                {all ? 'Show fewer' : `Show ${listed.length - SHOWN} more`}
              </button>
            </li>
          ) : null}
        </ul>
      ) : null}
    </section>
  );
}

/** `2,137`, `2,137+` where there are at least so many, nothing where none was met among those looked at. */
function countText({ count, isCapped }: FacetValue): string {
  if (count === 0 && isCapped) return '–';
  return `${count.toLocaleString('en')}${isCapped ? '+' : ''}`;
}

function FacetRow({ definition, value }: { definition: FacetDefinition; value: FacetValue }) {
  const { clauses, addClause, removeClause } = useDataViewFilters();
  const state = clauseState(clauses, definition.key, value.value);
  const clause = (exclude: boolean) => ({ key: definition.key, value: value.value, exclude });
  const name = value.label ?? value.value;
  const count = countText(value);
  return (
    <li className="group/facet flex h-7 items-center gap-2 rounded-md px-2 text-sm hover:bg-hover">
      <Checkbox
        aria-label={`${name}, ${count}`}
        checked={state === 'include'}
        onCheckedChange={(checked) => (checked ? addClause(clause(false)) : removeClause(clause(false)))}
      />
      <button
        type="button"
        tabIndex={-1}
        aria-hidden="true"
        onClick={() =>
          state === null ? addClause(clause(false)) : removeClause(clause(state === 'exclude'))
        }
        className={cn(
          'min-w-0 flex-1 truncate text-left',
          state === 'exclude' && 'text-faint line-through decoration-danger',
        )}
      >
        {definition.render?.(value) ?? name}
      </button>
      <Tooltip content={state === 'exclude' ? 'Stop excluding' : 'Exclude'} side="right">
        <button
          type="button"
          aria-label={state === 'exclude' ? `Stop excluding ${name}` : `Exclude ${name}`}
          aria-pressed={state === 'exclude'}
          onClick={() => (state === 'exclude' ? removeClause(clause(true)) : addClause(clause(true)))}
          className={cn(
            'flex size-5 items-center justify-center rounded-sm text-faint hover:text-danger-text focus-visible:opacity-100 [&_.lucide]:size-3.5',
            state === 'exclude'
              ? 'text-danger-text'
              : 'opacity-0 group-hover/facet:opacity-100 pointer-coarse:opacity-100',
          )}
        >
          <Minus aria-hidden />
        </button>
      </Tooltip>
      <span aria-hidden="true" className="text-xs text-faint">
        {count}
      </span>
    </li>
  );
}

function FacetSkeleton() {
  return [60, 80, 45].map((width) => (
    <li key={width} className="flex h-7 items-center gap-2 px-2">
      <Skeleton className="size-4" />
      <Skeleton className={width > 70 ? 'w-4/5' : width > 50 ? 'w-3/5' : 'w-2/5'} />
    </li>
  ));
}
