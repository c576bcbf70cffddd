import { act, cleanup, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useNow } from './use-now';

function Clock({ name }: { name: string }) {
  return <output aria-label={name}>{useNow(60_000)}</output>;
}

const shown = (name: string) => Number(screen.getByLabelText(name).textContent);

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-22T12:00:00Z') });
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

it('is right for what appears between two ticks, and for all others from then on', () => {
  const { rerender } = render(<Clock name="first" />);
  const start = shown('first');
  act(() => vi.advanceTimersByTime(40_000));
  expect(shown('first')).toBe(start);
  rerender(
    <>
      <Clock name="first" />
      <Clock name="second" />
    </>,
  );
  expect(shown('second')).toBe(start + 40_000);
  act(() => vi.advanceTimersByTime(60_000));
  expect(shown('first')).toBeGreaterThanOrEqual(start + 60_000);
});
