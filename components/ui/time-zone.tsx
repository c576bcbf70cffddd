'use client';

import { createContext, type ReactNode, useCallback, useContext, useMemo, useSyncExternalStore } from 'react';

/** `local` is the browser's zone; the server and the first paint use UTC. */
export type TimeZoneChoice = 'local' | 'utc';

const STORAGE_KEY = 'bulwark.time-zone';
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener('storage', listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener('storage', listener);
  };
}

function readChoice(): TimeZoneChoice {
  return window.localStorage.getItem(STORAGE_KEY) === 'utc' ? 'utc' : 'local';
}

interface TimeZoneState {
  choice: TimeZoneChoice;
  /** IANA name in which times are shown. */
  zone: string;
  setChoice: (choice: TimeZoneChoice) => void;
}

const TimeZoneContext = createContext<TimeZoneState>({ choice: 'utc', zone: 'UTC', setChoice: () => {} });

export function TimeZoneProvider({ children }: { children: ReactNode }) {
  const choice = useSyncExternalStore(subscribe, readChoice, () => 'utc' as const);
  const setChoice = useCallback((next: TimeZoneChoice) => {
    window.localStorage.setItem(STORAGE_KEY, next);
    for (const notify of listeners) notify();
  }, []);
  const state = useMemo(() => {
    const zone = choice === 'utc' ? 'UTC' : Intl.DateTimeFormat().resolvedOptions().timeZone;
    return { choice, zone, setChoice };
  }, [choice, setChoice]);
  return <TimeZoneContext value={state}>{children}</TimeZoneContext>;
}

export function useTimeZone(): TimeZoneState {
  return useContext(TimeZoneContext);
}
