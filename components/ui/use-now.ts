'use client';

import { useCallback, useSyncExternalStore } from 'react';

interface Ticker {
  now: number;
  timer: ReturnType<typeof setInterval> | undefined;
  listeners: Set<() => void>;
}

const tickers = new Map<number, Ticker>();

function tickerFor(intervalMs: number): Ticker {
  const existing = tickers.get(intervalMs);
  if (existing) return existing;
  const created: Ticker = { now: Date.now(), timer: undefined, listeners: new Set() };
  tickers.set(intervalMs, created);
  return created;
}

const JOIN_STALE_MS = 1_000;

function tick(ticker: Ticker): void {
  ticker.now = Date.now();
  for (const notify of ticker.listeners) notify();
}

function subscribe(intervalMs: number, listener: () => void): () => void {
  const ticker = tickerFor(intervalMs);
  ticker.listeners.add(listener);
  // What appears between two ticks must not lie in the future.
  if (Date.now() - ticker.now >= JOIN_STALE_MS) tick(ticker);
  ticker.timer ??= setInterval(() => tick(ticker), intervalMs);
  return () => {
    ticker.listeners.delete(listener);
    if (ticker.listeners.size > 0) return;
    clearInterval(ticker.timer);
    ticker.timer = undefined;
  };
}

function snapshot(intervalMs: number): number {
  const ticker = tickerFor(intervalMs);
  if (!ticker.timer && Date.now() - ticker.now >= intervalMs) ticker.now = Date.now();
  return ticker.now;
}

/** Milliseconds since the epoch, renewed every `intervalMs` by one shared timer; null on the server. */
export function useNow(intervalMs: number): number | null {
  return useSyncExternalStore(
    useCallback((listener) => subscribe(intervalMs, listener), [intervalMs]),
    () => snapshot(intervalMs),
    () => null,
  );
}
