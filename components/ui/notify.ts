'use client';

import { Toast } from '@base-ui/react/toast';

export type NotifyKind = 'success' | 'info' | 'error';

export const toastManager = Toast.createToastManager<{ undo?: () => void }>();

const UNDO_MS = 10_000;
const PLAIN_MS = 6_000;

export interface NotifyOptions {
  /** What happened: "Key revoked". */
  title: string;
  /** What to do next, or a request id. */
  description?: string;
  kind?: NotifyKind;
  /** The inverse call. Shows Undo for 10 s; the time stops on hover and focus. */
  undo?: () => void;
  /** The same id replaces an earlier notice, so quick repeats merge into one. */
  id?: string;
}

/** Shows a notice and returns its id. The act is already committed: undo is a second act. */
export function notify({ title, description, kind = 'success', undo, id }: NotifyOptions): string {
  return toastManager.add({
    id,
    title,
    description,
    type: kind,
    priority: kind === 'error' ? 'high' : 'low',
    timeout: undo ? UNDO_MS : PLAIN_MS,
    data: { undo },
  });
}
