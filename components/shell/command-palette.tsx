'use client';

import { Dialog } from '@base-ui/react/dialog';
import { Command } from 'cmdk';
import { Search } from 'lucide-react';
import { useRouter } from 'next/navigation';
import type { ReactNode } from 'react';
import { cn } from '@/components/ui/cn';
import { backdropClass } from '@/components/ui/dialog';
import { Kbd } from '@/components/ui/kbd';
import type { NavEntry } from './nav';
import { useShortcuts } from './shortcut-provider';
import { type ShortcutId, shortcutById, shortcutKeys } from './shortcuts';

export interface CommandPaletteProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  nav: readonly NavEntry[];
}

/** Places and acts of this page. It lists only what is bound now, so what the reader may not do is absent. */
export function CommandPalette({ open, onOpenChange, nav }: CommandPaletteProps) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => onOpenChange(next)}>
      <Dialog.Portal>
        <Dialog.Backdrop className={backdropClass} />
        <Dialog.Popup
          data-modal=""
          aria-label="Command palette"
          className="fixed inset-x-3 top-[12dvh] z-40 mx-auto flex max-h-[min(480px,76dvh)] max-w-[600px] flex-col overflow-hidden rounded-lg border border-line-strong bg-raised text-ink shadow-overlay outline-none transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0"
        >
          <PaletteBody nav={nav} close={() => onOpenChange(false)} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function PaletteBody({ nav, close }: { nav: readonly NavEntry[]; close: () => void }) {
  const router = useRouter();
  const { bound } = useShortcuts();
  const acts = [...bound.keys()]
    .map(shortcutById)
    .filter(({ id, group }) => id !== 'palette' && group !== 'Go to');
  const run = (act: () => void) => {
    close();
    requestAnimationFrame(act);
  };
  return (
    <Command label="Commands" loop className="flex min-h-0 flex-col">
      <div className="flex items-center gap-2.5 border-b border-line px-4">
        <Search aria-hidden className="text-faint" />
        <Command.Input
          autoFocus
          placeholder="Search pages and commands"
          className="h-11 flex-1 bg-transparent text-base outline-none"
        />
      </div>
      <Command.List className="scroll-quiet min-h-0 flex-1 overflow-y-auto p-1.5">
        <Command.Empty className="px-3 py-8 text-center text-sm text-faint">
          No results. Try the name of a page.
        </Command.Empty>
        <PaletteGroup heading="Go to">
          {nav.map((entry) => (
            <PaletteItem
              key={entry.href}
              icon={entry.icon}
              keys={entry.shortcut ? shortcutKeys(entry.shortcut) : undefined}
              onSelect={() => run(() => router.push(entry.href))}
            >
              {entry.label}
            </PaletteItem>
          ))}
        </PaletteGroup>
        {acts.length > 0 ? (
          <PaletteGroup heading="On this page">
            {acts.map((act) => (
              <PaletteItem
                key={act.id}
                keys={act.keys.split(', ')[0]}
                onSelect={() => run(() => bound.get(act.id as ShortcutId)?.())}
              >
                {act.label}
              </PaletteItem>
            ))}
          </PaletteGroup>
        ) : null}
      </Command.List>
    </Command>
  );
}

function PaletteGroup({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <Command.Group
      heading={heading}
      className="pb-1 [&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:py-1.5 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-faint"
    >
      {children}
    </Command.Group>
  );
}

function PaletteItem({
  icon,
  keys,
  onSelect,
  children,
}: {
  icon?: ReactNode;
  keys?: string;
  onSelect: () => void;
  children: string;
}) {
  return (
    <Command.Item
      value={children}
      onSelect={onSelect}
      className={cn(
        'flex h-9 cursor-default items-center gap-2.5 rounded-md px-2.5 text-base select-none',
        'data-[selected=true]:bg-accent-wash',
      )}
    >
      <span className="flex w-4 text-faint">{icon}</span>
      <span className="flex-1 truncate">{children}</span>
      {keys ? <Kbd keys={keys} /> : null}
    </Command.Item>
  );
}
