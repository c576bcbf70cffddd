'use client';

import { useCallback, useRef } from 'react';
import { newId } from '@/lib/platform/core/ids';

/**
 * One Idempotency-Key per content: sending the same content again repeats the key, so a lost answer never
 * makes a second object; changed content gets a new one, and so does everything after `finish`.
 */
export function useIdempotencyKey(): { keyFor: (content: unknown) => string; finish: () => void } {
  const last = useRef<{ content: string; key: string } | null>(null);
  const keyFor = useCallback((content: unknown) => {
    const text = JSON.stringify(content);
    if (last.current?.content !== text) last.current = { content: text, key: newId() };
    return last.current.key;
  }, []);
  const finish = useCallback(() => {
    last.current = null;
  }, []);
  return { keyFor, finish };
}
