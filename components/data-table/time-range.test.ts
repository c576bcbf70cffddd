import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { presetLabel, resolveMoment, resolveRange, zoomOut } from './time-range';

const NOW = Date.parse('2026-11-21T22:14:38.500Z');
const iso = (ms: number | null) => (ms === null ? null : new Date(ms).toISOString());

describe('time range', () => {
  test.each([
    ['now', '2026-11-21T22:14:38.500Z'],
    ['now-1h', '2026-11-21T21:14:38.500Z'],
    ['now-7d', '2026-11-14T22:14:38.500Z'],
    ['now/d', '2026-11-21T00:00:00.000Z'],
    ['now/w', '2026-11-16T00:00:00.000Z'],
    ['now-1M', '2026-10-21T22:14:38.500Z'],
    ['now-1M/M', '2026-10-01T00:00:00.000Z'],
    ['now-9M', '2026-02-21T22:14:38.500Z'],
    ['2026-11-01T00:00:00Z', '2026-11-01T00:00:00.000Z'],
    ['yesterday', null],
    ['now-1y', null],
    ['', null],
    ['12', null],
  ])('%s', (text, expected) => {
    expect(iso(resolveMoment(text, NOW))).toBe(expected);
  });

  test('a month back from the 31st ends on the last day of the shorter month', () => {
    expect(iso(resolveMoment('now-1M', Date.parse('2026-03-31T12:00:00Z')))).toBe('2026-02-28T12:00:00.000Z');
  });

  test('ends are always in order', () => {
    const moment = fc.oneof(
      fc.constantFrom('now', 'now-1h', 'now/M', 'now+3d'),
      fc
        .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
        .map((date) => date.toISOString()),
    );
    fc.assert(
      fc.property(moment, moment, (from, to) => {
        const range = resolveRange({ from, to }, NOW);
        expect(range !== null && range.fromMs <= range.toMs).toBe(true);
      }),
    );
  });

  test('zooming out contains the range as far as now', () => {
    const wider = resolveRange(zoomOut({ from: 'now-2h', to: 'now-1h' }, NOW), NOW);
    expect(iso(wider?.fromMs ?? null)).toBe('2026-11-21T19:44:38.500Z');
    expect(iso(wider?.toMs ?? null)).toBe('2026-11-21T21:44:38.500Z');
    expect(resolveRange(zoomOut({ from: 'now-1h', to: 'now' }, NOW), NOW)?.toMs).toBe(NOW);
  });

  test('presets have names, other ranges have none', () => {
    expect(presetLabel({ from: 'now-24h', to: 'now' })).toBe('Last 24 hours');
    expect(presetLabel({ from: 'now-24h', to: 'now-1h' })).toBeNull();
  });
});
