'use client';

import { useSyncExternalStore } from 'react';
import { cn } from './cn';

const SYMBOLS: Record<string, string> = {
  shift: '⇧',
  alt: 'Alt',
  enter: '↵',
  escape: 'Esc',
  esc: 'Esc',
  slash: '/',
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  space: 'Space',
};

const never = () => () => {};

function useIsApple(): boolean {
  return useSyncExternalStore(
    never,
    () => /mac|iphone|ipad/i.test(navigator.platform),
    () => false,
  );
}

function keyLabel(key: string, apple: boolean): string {
  if (key === 'mod') return apple ? '⌘' : 'Ctrl';
  return SYMBOLS[key] ?? (key.length === 1 ? key.toUpperCase() : key);
}

/** `mod+k` shows as keys pressed together, `g k` as keys pressed one after the other. */
export function Kbd({ keys, className }: { keys: string; className?: string }) {
  const apple = useIsApple();
  const chord = keys.split(' ').map((part) => part.split('+'));
  return (
    <span aria-hidden="true" className={cn('inline-flex items-center gap-1 text-faint', className)}>
      {chord.map((part, index) => (
        <span key={part.join('+')} className="inline-flex items-center gap-0.5">
          {index > 0 ? <span className="pr-0.5 text-xs">then</span> : null}
          {part.map((key) => (
            <kbd
              key={key}
              className="inline-flex h-[18px] min-w-[18px] items-center justify-center rounded-xs border border-line-strong bg-sunken px-1 font-sans text-xs leading-none text-muted"
            >
              {keyLabel(key, apple)}
            </kbd>
          ))}
        </span>
      ))}
    </span>
  );
}
