'use client';

import { type KeyboardEvent, type PointerEvent, useState } from 'react';
import type { HistogramBucket } from './histogram-data';

export interface BucketSelection {
  /** The bucket under the pointer or the keyboard cursor. */
  active: number | null;
  /** First and last bucket being chosen, in order. */
  range: [number, number] | null;
  handlers: {
    onPointerDown: (event: PointerEvent<HTMLElement>) => void;
    onPointerMove: (event: PointerEvent<HTMLElement>) => void;
    onPointerUp: (event: PointerEvent<HTMLElement>) => void;
    onPointerLeave: () => void;
    onPointerCancel: () => void;
    onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
    onBlur: () => void;
  };
}

function bucketAt(event: PointerEvent<HTMLElement>, count: number): number {
  const box = event.currentTarget.getBoundingClientRect();
  const share = (event.clientX - box.left) / Math.max(box.width, 1);
  return Math.min(count - 1, Math.max(0, Math.floor(share * count)));
}

const MOVES: Record<string, (at: number, last: number) => number> = {
  ArrowLeft: (at) => at - 1,
  ArrowRight: (at) => at + 1,
  Home: () => 0,
  End: (_, last) => last,
};

/** Choosing buckets of a histogram by pointer or keys; `onRange` gets the span in milliseconds. */
export function useBucketSelection(
  buckets: readonly HistogramBucket[],
  onRange?: (fromMs: number, toMs: number) => void,
): BucketSelection {
  const [active, setActive] = useState<number | null>(null);
  const [anchor, setAnchor] = useState<number | null>(null);
  const last = buckets.length - 1;
  const range: [number, number] | null =
    anchor === null || active === null ? null : [Math.min(anchor, active), Math.max(anchor, active)];

  const reset = () => {
    setActive(null);
    setAnchor(null);
  };
  const choose = (from: number, to: number) => {
    const first = buckets[from];
    const end = buckets[to];
    reset();
    if (first && end) onRange?.(first.startMs, end.endMs);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const at = active ?? last;
    if (event.key === 'Escape' && active !== null) {
      event.stopPropagation();
      return reset();
    }
    if (event.key === 'Enter') {
      event.preventDefault();
      return range ? choose(range[0], range[1]) : choose(at, at);
    }
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    setAnchor(event.shiftKey ? (anchor ?? at) : null);
    setActive(active === null && !event.shiftKey ? at : Math.min(last, Math.max(0, move(at, last))));
  };

  return {
    active,
    range,
    handlers: {
      onPointerDown: (event) => {
        if (event.button !== 0 || !onRange) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const at = bucketAt(event, buckets.length);
        setAnchor(at);
        setActive(at);
      },
      onPointerMove: (event) => setActive(bucketAt(event, buckets.length)),
      onPointerUp: () => {
        if (range) choose(range[0], range[1]);
      },
      onPointerLeave: () => {
        if (anchor === null) reset();
      },
      onPointerCancel: reset,
      onKeyDown,
      onBlur: reset,
    },
  };
}
