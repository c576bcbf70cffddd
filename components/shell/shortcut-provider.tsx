'use client';

import {
  createContext,
  type ReactNode,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import { useHotkeys } from 'react-hotkeys-hook';
import { chordPrefixes, isCharacterKey, type ShortcutId, shortcutById, toHotkeys } from './shortcuts';

const STORAGE_KEY = 'bulwark.character-keys';
const CHORD_MS = 1000;

type Handler = () => void;

interface ShortcutState {
  /** False when the reader turned single-character keys off. */
  characterKeys: boolean;
  setCharacterKeys: (on: boolean) => void;
  /** What can be done on this page now, by shortcut id. */
  bound: ReadonlyMap<ShortcutId, Handler>;
  bind: (id: ShortcutId, handler: Handler) => () => void;
}

const ShortcutContext = createContext<ShortcutState>({
  characterKeys: true,
  setCharacterKeys: () => {},
  bound: new Map(),
  bind: () => () => {},
});

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const readCharacterKeys = () => window.localStorage.getItem(STORAGE_KEY) !== 'off';

function setCharacterKeys(on: boolean): void {
  window.localStorage.setItem(STORAGE_KEY, on ? 'on' : 'off');
  for (const notify of listeners) notify();
}

const chord: { pendingUntil: number; second: KeyboardEvent | null } = { pendingUntil: 0, second: null };

function trackChord(event: KeyboardEvent): void {
  const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
  chord.second = event.timeStamp < chord.pendingUntil ? event : null;
  const starts = plain && !isTyping(event) && !chord.second && chordPrefixes.has(event.key);
  chord.pendingUntil = starts ? event.timeStamp + CHORD_MS : 0;
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.composedPath()[0];
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName);
}

function modalOpen(): boolean {
  return document.querySelector('[data-modal]') !== null;
}

export function ShortcutProvider({ children }: { children: ReactNode }) {
  const characterKeys = useSyncExternalStore(subscribe, readCharacterKeys, () => true);
  const [bound, setBound] = useState<ReadonlyMap<ShortcutId, Handler>>(new Map());
  const bind = useCallback((id: ShortcutId, handler: Handler) => {
    setBound((before) => new Map(before).set(id, handler));
    return () =>
      setBound((before) => {
        if (before.get(id) !== handler) return before;
        const after = new Map(before);
        after.delete(id);
        return after;
      });
  }, []);
  useEffect(() => {
    document.addEventListener('keydown', trackChord, { capture: true });
    return () => document.removeEventListener('keydown', trackChord, { capture: true });
  }, []);
  const state = useMemo(
    () => ({ characterKeys, setCharacterKeys, bound, bind }),
    [characterKeys, bound, bind],
  );
  return <ShortcutContext value={state}>{children}</ShortcutContext>;
}

export function useShortcuts(): ShortcutState {
  return useContext(ShortcutContext);
}

/**
 * Binds a shortcut of the registry while the caller is mounted and `enabled`. Leave `enabled` false for what
 * the reader may not do: it then disappears from the palette and the sheet as well.
 */
export function useShortcut(id: ShortcutId, handler: Handler, enabled = true): void {
  const { characterKeys, bind } = useShortcuts();
  const definition = shortcutById(id);
  const latest = useRef(handler);
  useEffect(() => {
    latest.current = handler;
  });
  useEffect(() => (enabled ? bind(id, () => latest.current()) : undefined), [bind, enabled, id]);

  const allowed = (event: KeyboardEvent): boolean => {
    const isChord = definition.keys.includes(' ') && !definition.keys.includes(', ');
    if (!isChord && chord.second === event && isCharacterKey(definition.keys)) return false;
    if (isChord && (event.ctrlKey || event.metaKey || event.altKey)) return false;
    if (!characterKeys && !event.ctrlKey && !event.metaKey) return false;
    return definition.scope === 'always' || !modalOpen();
  };
  useHotkeys(
    toHotkeys(definition.keys),
    (event) => {
      if (enabled && allowed(event)) latest.current();
    },
    {
      enabled,
      useKey: true,
      sequenceTimeoutMs: CHORD_MS,
      enableOnFormTags: definition.scope === 'always' ? true : ['slider'],
      enableOnContentEditable: definition.scope === 'always',
      preventDefault: (event) => allowed(event),
    },
  );
}
