'use client';

import { Dialog as Base } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactElement, ReactNode, RefObject } from 'react';
import { cn } from './cn';
import { IconButton } from './icon-button';

export const backdropClass =
  'fixed inset-0 z-40 min-h-dvh bg-scrim transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0';

export interface DialogProps {
  open?: boolean;
  defaultOpen?: boolean;
  /** Return nothing; keep `open` true to refuse closing. */
  onOpenChange?: (open: boolean) => void;
  /** The element that opens it; focus returns there. */
  trigger?: ReactElement;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  /** Buttons; the primary one last. */
  footer?: ReactNode;
  /** 400, 560 or 760 px. */
  size?: 'sm' | 'md' | 'lg';
  /** False while something inside must not be lost: no close button, no Esc, no outside press. */
  dismissible?: boolean;
  initialFocus?: RefObject<HTMLElement | null>;
}

const WIDTH = { sm: 'sm:max-w-[400px]', md: 'sm:max-w-[560px]', lg: 'sm:max-w-[760px]' };

export function Dialog({
  open,
  defaultOpen,
  onOpenChange,
  trigger,
  title,
  description,
  children,
  footer,
  size = 'md',
  dismissible = true,
  initialFocus,
}: DialogProps) {
  return (
    <Base.Root
      open={open}
      defaultOpen={defaultOpen}
      disablePointerDismissal={!dismissible}
      onOpenChange={(next, details) => {
        if (!next && !dismissible && details.reason !== 'close-press') return;
        onOpenChange?.(next);
      }}
    >
      {trigger ? <Base.Trigger render={trigger} /> : null}
      <Base.Portal>
        <Base.Backdrop className={backdropClass} />
        <Base.Popup
          initialFocus={initialFocus}
          data-modal=""
          className={cn(
            'fixed z-40 flex flex-col bg-surface text-ink shadow-overlay outline-none transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0',
            'inset-x-0 bottom-0 max-h-[92dvh] rounded-t-lg border border-line-strong',
            'sm:inset-x-auto sm:top-[12dvh] sm:bottom-auto sm:left-1/2 sm:max-h-[76dvh] sm:w-[calc(100vw-48px)] sm:-translate-x-1/2 sm:rounded-lg',
            WIDTH[size],
          )}
        >
          <div className="flex items-start gap-3 px-5 pt-4 pb-3">
            <div className="min-w-0 flex-1">
              <Base.Title className="text-lg font-semibold text-balance">{title}</Base.Title>
              {description ? (
                <Base.Description className="mt-1 text-base text-muted">{description}</Base.Description>
              ) : null}
            </div>
            {dismissible ? (
              <Base.Close
                render={
                  <IconButton label="Close" size="sm" tooltip={false} className="-mr-1.5">
                    <X aria-hidden />
                  </IconButton>
                }
              />
            ) : null}
          </div>
          {children ? (
            <div className="scroll-quiet min-h-0 flex-1 overflow-y-auto px-5 pt-1 pb-5">{children}</div>
          ) : null}
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

/** Closes the dialog or drawer it stands in: `<DialogClose render={<Button>Cancel</Button>} />`. */
export function DialogClose({ render }: { render: ReactElement }) {
  return <Base.Close render={render} />;
}
