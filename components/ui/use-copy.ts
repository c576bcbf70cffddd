'use client';

import { useCallback, useEffect, useRef, useState } from 'react';

const SHOWN_MS = 1600;

/** Copies text; `copied` stays true for a moment so that the button can say so. */
export function useCopy(): { copied: boolean; copy: (text: string) => Promise<void> } {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = useCallback(async (text: string) => {
    await writeClipboard(text);
    setCopied(true);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setCopied(false), SHOWN_MS);
  }, []);
  return { copied, copy };
}

async function writeClipboard(text: string): Promise<void> {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  area.setAttribute('readonly', '');
  area.className = 'sr-only';
  const active = document.activeElement;
  (active?.closest('[role="dialog"],[role="alertdialog"]') ?? document.body).append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
  if (active instanceof HTMLElement) active.focus();
}
