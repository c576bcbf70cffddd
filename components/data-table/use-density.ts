'use client';

import { useCallback, useSyncExternalStore } from 'react';

export type Density = 'normal' | 'compact';

export const ROW_HEIGHT: Record<Density, number> = { normal: 36, compact: 28 };

const STORAGE_KEY = 'bulwark.density';
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const read = (): Density => (window.localStorage.getItem(STORAGE_KEY) === 'compact' ? 'compact' : 'normal');

/** Row height of every list, remembered in this browser. */
export function useDensity(): [Density, (density: Density) => void] {
  const density = useSyncExternalStore(subscribe, read, () => 'normal' as const);
  const setDensity = useCallback((next: Density) => {
    window.localStorage.setItem(STORAGE_KEY, next);
    for (const notify of listeners) notify();
  }, []);
  return [density, setDensity];
}
