'use client';

import { useEffect, useEffectEvent } from 'react';

const SENTINEL = 'bulwark-leave-guard';

function stopPalette(event: KeyboardEvent): void {
  const isShellKey = (event.ctrlKey || event.metaKey) && ['k', 'b'].includes(event.key.toLowerCase());
  if (!isShellKey) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}

/**
 * While active, nothing leaves the page unasked: closing or reloading the tab asks, the back button stays
 * and calls `onBlocked`, and the palette, which could go elsewhere, does not open.
 */
export function useLeaveGuard(active: boolean, onBlocked: () => void): void {
  const blocked = useEffectEvent(onBlocked);
  useEffect(() => {
    if (!active) return;
    const askBeforeUnload = (event: BeforeUnloadEvent) => event.preventDefault();
    const putBack = () => {
      if (window.history.state?.[SENTINEL]) return;
      pushSentinel();
      blocked();
    };
    pushSentinel();
    window.addEventListener('beforeunload', askBeforeUnload);
    window.addEventListener('popstate', putBack);
    window.addEventListener('keydown', stopPalette, { capture: true });
    return () => {
      window.removeEventListener('beforeunload', askBeforeUnload);
      window.removeEventListener('popstate', putBack);
      window.removeEventListener('keydown', stopPalette, { capture: true });
      if (window.history.state?.[SENTINEL]) window.history.back();
    };
  }, [active]);
}

function pushSentinel(): void {
  window.history.pushState({ ...window.history.state, [SENTINEL]: true }, '', window.location.href);
}
