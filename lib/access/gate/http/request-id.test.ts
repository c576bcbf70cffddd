import { afterEach, expect, it, vi } from 'vitest';
import { isId } from '@/lib/platform/core/ids';
import { newRequestId } from './request-id';

const COUNT = 20_000;

afterEach(() => vi.useRealTimers());

it('makes UUIDs of version 7, each once, with the time they were made', () => {
  const before = Date.now();
  const ids = Array.from({ length: COUNT }, newRequestId);
  const after = Date.now();
  expect(new Set(ids).size).toBe(COUNT);
  for (const id of ids) {
    expect(isId(id)).toBe(true);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const madeMs = Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);
    expect(madeMs).toBeGreaterThanOrEqual(before);
    expect(madeMs).toBeLessThanOrEqual(after);
  }
});

it('follows the clock, also back', () => {
  for (const at of ['2026-11-27T10:00:00.123Z', '2026-11-27T09:00:00.000Z', '2031-01-01T00:00:00.999Z']) {
    vi.setSystemTime(new Date(at));
    const id = newRequestId();
    expect(Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)).toBe(Date.parse(at));
  }
});

it('draws every random digit from all that it may be', () => {
  const ids = Array.from({ length: 2_000 }, newRequestId);
  for (let place = 15; place < 36; place++) {
    if (place === 18 || place === 23) continue;
    const seen = new Set(ids.map((id) => id[place]));
    expect([...seen].sort().join('')).toBe(place === 19 ? '89ab' : '0123456789abcdef');
  }
});
