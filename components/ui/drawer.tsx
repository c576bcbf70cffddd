'use client';

import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { type ReactElement, type ReactNode, useRef } from 'react';
import { cn } from './cn';
import { backdropClass } from './dialog';
import { IconButton } from './icon-button';

export interface DrawerProps {
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  trigger?: ReactElement;
  title: ReactNode;
  description?: ReactNode;
  /** Buttons left of the close button, e.g. previous and next. */
  actions?: ReactNode;
  children: ReactNode;
  footer?: ReactNode;
  /** False leaves the page behind usable (peek). */
  modal?: boolean;
  size?: 'md' | 'lg';
}

/** A sheet from the right; on a phone it takes the whole screen. */
export function Drawer({
  open,
  onOpenChange,
  trigger,
  title,
  description,
  actions,
  children,
  footer,
  modal = true,
  size = 'md',
}: DrawerProps) {
  const popup = useRef<HTMLDivElement>(null);
  return (
    <Base.Root
      open={open}
      onOpenChange={(next) => onOpenChange?.(next)}
      modal={modal}
      disablePointerDismissal={!modal}
    >
      {trigger ? <Base.Trigger render={trigger} /> : null}
      <Base.Portal>
        {modal ? <Base.Backdrop className={backdropClass} /> : null}
        <Base.Popup
          ref={popup}
          initialFocus={popup}
          data-modal={modal ? '' : undefined}
          className={cn(
            'fixed inset-y-0 right-0 z-40 flex w-full flex-col border-l border-line-strong bg-surface text-ink shadow-overlay outline-none',
            'transition-[translate,opacity] duration-150 ease-out data-ending-style:translate-x-4 data-ending-style:opacity-0 data-starting-style:translate-x-4 data-starting-style:opacity-0',
            size === 'lg' ? 'sm:max-w-[720px]' : 'sm:max-w-[520px]',
          )}
        >
          <div className="flex min-h-12 items-start gap-2 border-b border-line py-2 pr-2 pl-5">
            <div className="min-w-0 flex-1 py-1">
              <Base.Title className="truncate text-lg leading-6 font-semibold">{title}</Base.Title>
              {description ? (
                <Base.Description render={<div />} className="text-sm text-muted">
                  {description}
                </Base.Description>
              ) : null}
            </div>
            <div className="flex items-center">
              {actions}
              <Base.Close
                render={
                  <IconButton label="Close" keys="escape">
                    <X aria-hidden />
                  </IconButton>
                }
              />
            </div>
          </div>
          <div className="scroll-quiet min-h-0 flex-1 overflow-y-auto px-5 py-4">{children}</div>
          {footer ? (
            <div className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-5 py-3">
              {footer}
            </div>
          ) : null}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}
