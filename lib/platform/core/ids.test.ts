import { describe, expect, it } from 'vitest';
import { isId, newId } from './ids';

describe('newId', () => {
  it('makes UUIDs version 7 that sort by time', () => {
    const ids = [1, 2, 1_700_000_000_000, 1_800_000_000_000].map((ms) => newId(ms));
    expect([...ids].sort()).toEqual(ids);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(Number.parseInt(newId(1_700_000_000_123).replaceAll('-', '').slice(0, 12), 16)).toBe(
      1_700_000_000_123,
    );
  });

  it('is recognised by isId, and other values are not', () => {
    expect(isId(newId())).toBe(true);
    for (const value of ['', 'x', newId().toUpperCase(), `${newId()} `, null, 1])
      expect(isId(value)).toBe(false);
  });
});
