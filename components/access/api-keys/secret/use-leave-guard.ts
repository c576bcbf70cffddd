'use client';

import { useEffect, useEffectEvent } from 'react';

function stopPalette(event: KeyboardEvent): void {
  const isShellKey = (event.ctrlKey || event.metaKey) && ['k', 'b'].includes(event.key.toLowerCase());
  if (!isShellKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** Goes to a place in the history by its key where the browser can, else one step forward. */
function returnTo(key: string | undefined): void {
  if (key) window.navigation?.traverseTo(key).finished?.catch(() => undefined);
  else window.history.forward();
}

/**
 * While active, nothing leaves the page unasked: closing or reloading the tab asks, the back button returns at once
 * and calls `onBlocked`, and the palette, which could go elsewhere, stays shut.
 */
export function useLeaveGuard(active: boolean, onBlocked: () => void): void {
  const blocked = useEffectEvent(onBlocked);
  useEffect(() => {
    if (!active) return;
    let isHeld = false;
    let isReturning = false;
    let key: string | undefined;
    // Not at once: an effect that is undone in the same tick must leave no entry behind.
    const timer = setTimeout(() => {
      window.history.pushState(window.history.state, '', window.location.href);
      isHeld = true;
      key = window.navigation?.currentEntry?.key;
    });
    const askBeforeUnload = (event: BeforeUnloadEvent) => event.preventDefault();
    const stay = (event: PopStateEvent) => {
      event.stopImmediatePropagation();
      isReturning = !isReturning;
      if (!isReturning) return;
      returnTo(key);
      blocked();
    };
    window.addEventListener('beforeunload', askBeforeUnload);
    window.addEventListener('popstate', stay, { capture: true });
    window.addEventListener('keydown', stopPalette, { capture: true });
    return () => {
      clearTimeout(timer);
      window.removeEventListener('beforeunload', askBeforeUnload);
      window.removeEventListener('popstate', stay, { capture: true });
      window.removeEventListener('keydown', stopPalette, { capture: true });
      if (isHeld) window.history.back();
    };
  }, [active]);
}
