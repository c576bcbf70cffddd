'use client';

import { Dialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { backdropClass } from '@/components/ui/dialog';
import { IconButton } from '@/components/ui/icon-button';
import type { NavEntry } from './nav';
import { Brand, NavList } from './sidebar';

export interface MobileNavProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  nav: readonly NavEntry[];
  active: NavEntry | undefined;
}

export function MobileNav({ open, onOpenChange, nav, active }: MobileNavProps) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => onOpenChange(next)}>
      <Dialog.Portal>
        <Dialog.Backdrop className={backdropClass} />
        <Dialog.Popup
          data-modal=""
          aria-label="Navigation"
          className="fixed inset-y-0 left-0 z-40 flex w-[280px] max-w-[86vw] flex-col border-r border-line-strong bg-surface text-ink shadow-overlay outline-none transition-[translate,opacity] duration-150 data-ending-style:-translate-x-4 data-ending-style:opacity-0 data-starting-style:-translate-x-4 data-starting-style:opacity-0"
        >
          <div className="flex h-12 items-center justify-between px-2">
            <Brand />
            <Dialog.Close
              render={
                <IconButton label="Close navigation" tooltip={false}>
                  <X aria-hidden />
                </IconButton>
              }
            />
          </div>
          <nav aria-label="Main" className="scroll-quiet min-h-0 flex-1 overflow-y-auto px-2 py-2">
            <NavList nav={nav} active={active} onNavigate={() => onOpenChange(false)} />
          </nav>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
