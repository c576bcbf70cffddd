'use client';

import { Download, PanelLeft, Pause, Play, RotateCw, SlidersHorizontal, Terminal } from 'lucide-react';
import type { ReactNode } from 'react';
import { useShortcut } from '@/components/shell/shortcut-provider';
import { shortcutKeys } from '@/components/shell/shortcuts';
import { Button } from '@/components/ui/button';
import { cn } from '@/components/ui/cn';
import {
  DropdownMenu,
  MenuCheckboxItem,
  MenuGroup,
  MenuItem,
  MenuRadioGroup,
  MenuSeparator,
} from '@/components/ui/dropdown-menu';
import { IconButton } from '@/components/ui/icon-button';
import { notify } from '@/components/ui/notify';
import { Tooltip } from '@/components/ui/tooltip';
import { useCopy } from '@/components/ui/use-copy';
import type { DataColumn } from './data-view-types';
import type { Density } from './use-density';

const DENSITIES: { value: Density; label: string }[] = [
  { value: 'normal', label: 'Normal rows' },
  { value: 'compact', label: 'Compact rows' },
];

export interface ViewMenuProps<Row> {
  columns: readonly DataColumn<Row>[];
  visibleIds: readonly string[];
  onHidden: (hidden: readonly string[] | null) => void;
  density: Density;
  onDensity: (density: Density) => void;
}

export function ViewMenu<Row>({ columns, visibleIds, onHidden, density, onDensity }: ViewMenuProps<Row>) {
  const toggle = (id: string, on: boolean) => {
    const hidden = columns
      .map((column) => column.id)
      .filter((other) => (other === id ? !on : !visibleIds.includes(other)));
    onHidden(hidden);
  };
  return (
    <DropdownMenu
      className="w-52"
      trigger={
        <IconButton label="Columns and density" variant="secondary" tooltip={false} className="max-md:hidden">
          <SlidersHorizontal aria-hidden />
        </IconButton>
      }
    >
      <MenuGroup label="Columns">
        {columns.map((column) => (
          <MenuCheckboxItem
            key={column.id}
            checked={visibleIds.includes(column.id)}
            disabled={column.hideable === false}
            onCheckedChange={(on) => toggle(column.id, on)}
          >
            {column.header}
          </MenuCheckboxItem>
        ))}
      </MenuGroup>
      <MenuItem onSelect={() => onHidden(null)}>Reset columns</MenuItem>
      <MenuSeparator />
      <MenuGroup label="Density">
        <MenuRadioGroup label="Density" value={density} onValueChange={onDensity} options={DENSITIES} />
      </MenuGroup>
    </DropdownMenu>
  );
}

export interface TakeMenuProps {
  /** The list's question as a curl command on the API that CI uses. */
  curl?: () => string;
  json: () => string;
  /** MenuItems that export the whole filtered list. */
  exportItems?: ReactNode;
}

export function TakeMenu({ curl, json, exportItems }: TakeMenuProps) {
  const { copy } = useCopy();
  const take = async (text: string, title: string) => {
    await copy(text);
    notify({ title, id: 'copied' });
  };
  return (
    <DropdownMenu
      className="w-60"
      trigger={
        <IconButton label="Copy and export" variant="secondary" tooltip={false}>
          <Download aria-hidden />
        </IconButton>
      }
    >
      {exportItems ? (
        <>
          <MenuGroup label="Export all rows of this view">{exportItems}</MenuGroup>
          <MenuSeparator />
        </>
      ) : null}
      <MenuGroup label="Copy">
        {curl ? (
          <MenuItem icon={<Terminal aria-hidden />} onSelect={() => void take(curl(), 'curl command copied')}>
            Copy as curl
          </MenuItem>
        ) : null}
        <MenuItem onSelect={() => void take(json(), 'JSON copied')}>Copy loaded rows as JSON</MenuItem>
        <MenuItem onSelect={() => void take(window.location.href, 'Link copied')}>
          Copy link to this view
        </MenuItem>
      </MenuGroup>
    </DropdownMenu>
  );
}

export interface LiveButtonProps {
  live: boolean;
  /** Absent when the range does not end now. */
  disabled: boolean;
  onLive: (live: boolean) => void;
}

export function LiveButton({ live, disabled, onLive }: LiveButtonProps) {
  useShortcut('live', () => onLive(!live), !disabled);
  return (
    <Tooltip
      content={
        disabled
          ? 'Live updates need a time range that ends now'
          : live
            ? 'Pause'
            : 'Check for new rows every 5 seconds'
      }
      keys={disabled ? undefined : shortcutKeys('live')}
    >
      <Button
        aria-pressed={live}
        disabled={disabled}
        focusableWhenDisabled
        onClick={() => onLive(!live)}
        className={cn('font-normal', live && 'border-success-line bg-success-wash text-success-text')}
      >
        {live ? <Pause aria-hidden className="size-3.5" /> : <Play aria-hidden className="size-3.5" />}
        Live
      </Button>
    </Tooltip>
  );
}

export function RefreshButton({ busy, onRefresh }: { busy: boolean; onRefresh: () => void }) {
  useShortcut('refresh', onRefresh);
  return (
    <IconButton label="Refresh" keys={shortcutKeys('refresh')} variant="secondary" onClick={onRefresh}>
      <RotateCw aria-hidden className={cn(busy && 'animate-spin')} />
    </IconButton>
  );
}

export function FacetToggle({ open, onToggle }: { open: boolean; onToggle: () => void }) {
  return (
    <IconButton
      label={open ? 'Hide facets' : 'Show facets'}
      size="sm"
      aria-expanded={open}
      onClick={onToggle}
    >
      <PanelLeft aria-hidden />
    </IconButton>
  );
}
