'use client';

import { Tooltip as Base } from '@base-ui/react/tooltip';
import type { ReactElement, ReactNode } from 'react';
import { Kbd } from './kbd';

const OPEN_DELAY_MS = 350;

export function TooltipProvider({ children }: { children: ReactNode }) {
  return <Base.Provider delay={OPEN_DELAY_MS}>{children}</Base.Provider>;
}

export interface TooltipProps {
  content: ReactNode;
  /** Keys shown beside the text, e.g. `mod+k` or `g k`. */
  keys?: string;
  side?: 'top' | 'bottom' | 'left' | 'right';
  /** One element that takes a ref and props. */
  children: ReactElement;
}

export function Tooltip({ content, keys, side = 'top', children }: TooltipProps) {
  return (
    <Base.Root>
      <Base.Trigger render={children} />
      <Base.Portal>
        <Base.Positioner side={side} sideOffset={6} className="z-50">
          <Base.Popup className="flex max-w-72 items-center gap-2 rounded-md border border-line-strong bg-raised px-2 py-1 text-xs text-ink shadow-float transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0">
            {content}
            {keys ? <Kbd keys={keys} /> : null}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
