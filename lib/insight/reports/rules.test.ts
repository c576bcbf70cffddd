import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ReportLine, type ReportSection, SECTIONS } from './contract';
import { reportMarkdown } from './markdown';
import { isLate, lastDue, nextDue, periodBefore, periodUntil } from './rules';

const HOUR = 3_600_000;
const monday = { timeZone: 'Europe/Amsterdam', weekday: 1, sendAt: '08:00' };
const at = (text: string) => Date.parse(text);
const iso = (ms: number) => new Date(ms).toISOString();

describe('the moment of a report', () => {
  it('is the weekday at the clock of the tenant, summer and winter', () => {
    expect(iso(lastDue(at('2026-11-25T12:00:00Z'), monday))).toBe('2026-11-23T07:00:00.000Z');
    expect(iso(lastDue(at('2026-07-08T12:00:00Z'), monday))).toBe('2026-07-06T06:00:00.000Z');
    expect(iso(lastDue(at('2026-11-23T06:59:59Z'), monday))).toBe('2026-11-16T07:00:00.000Z');
    expect(iso(lastDue(at('2026-11-23T07:00:00Z'), monday))).toBe('2026-11-23T07:00:00.000Z');
    expect(iso(lastDue(at('2026-11-25T12:00:00Z'), { ...monday, weekday: 7 }))).toBe(
      '2026-11-22T07:00:00.000Z',
    );
  });

  it('comes once in each calendar week, in any zone', () => {
    const zones = [
      'UTC',
      'Europe/Amsterdam',
      'America/St_Johns',
      'Australia/Lord_Howe',
      'Pacific/Apia',
      'Asia/Kathmandu',
    ];
    fc.assert(
      fc.property(
        fc.integer({ min: at('2024-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') }),
        fc.constantFrom(...zones),
        fc.integer({ min: 1, max: 7 }),
        fc.integer({ min: 0, max: 23 }),
        (nowMs, timeZone, weekday, hour) => {
          const schedule = { timeZone, weekday, sendAt: `${String(hour).padStart(2, '0')}:30` };
          const last = lastDue(nowMs, schedule);
          const next = nextDue(nowMs, schedule);
          expect(last).toBeLessThanOrEqual(nowMs);
          expect(next).toBeGreaterThan(nowMs);
          expect(Math.abs(next - last - 7 * 24 * HOUR)).toBeLessThanOrEqual(HOUR);
          expect(lastDue(next, schedule)).toBe(next);
          const [before, after] = [periodBefore(last, timeZone), periodBefore(next, timeZone)];
          expect(before.toMs).toBe(after.fromMs);
        },
      ),
    );
  });

  it('is late after an hour', () => {
    expect(isLate(0, HOUR)).toBe(false);
    expect(isLate(0, HOUR + 1)).toBe(true);
  });
});

describe('the days of a report', () => {
  it.each([
    ['2026-03-30T08:00:00Z', 'Europe/Amsterdam', '2026-03-23', '2026-03-29', 7 * 24 - 1],
    ['2026-10-26T08:00:00Z', 'Europe/Amsterdam', '2026-10-19', '2026-10-25', 7 * 24 + 1],
    ['2026-11-23T08:00:00Z', 'UTC', '2026-11-16', '2026-11-22', 7 * 24],
    ['2026-10-05T08:00:00Z', 'Australia/Lord_Howe', '2026-09-28', '2026-10-04', 7 * 24 - 0.5],
  ])('before %s in %s are %s to %s', (due, zone, from, to, hours) => {
    const period = periodBefore(at(due), zone);
    expect([period.from, period.to]).toEqual([from, to]);
    expect((period.toMs - period.fromMs) / HOUR).toBe(hours);
  });

  it('up to now end now', () => {
    expect(periodUntil(at('2026-11-25T12:00:00Z'), 'UTC')).toEqual({
      from: '2026-11-19',
      to: '2026-11-25',
      fromMs: at('2026-11-19T00:00:00Z'),
      toMs: at('2026-11-25T12:00:00Z'),
    });
  });
});

const line = (given: Partial<ReportLine>): ReportLine => ({
  text: 'findings are overdue',
  value: null,
  detail: null,
  who: null,
  tone: 'neutral',
  path: null,
  ...given,
});
const section = (key: ReportSection['key'], lines: ReportLine[]): ReportSection => ({
  key,
  title: SECTIONS[key].title,
  lines,
  more: 0,
  morePath: null,
  empty: 'Nothing.',
});

describe('Markdown', () => {
  it('takes no markup from a name, whatever it holds', () => {
    const markup = fc.constantFrom(
      '[x](javascript:1)',
      '<img src=x onerror=1>',
      '# h',
      '| a |',
      '**b**',
      '`c`',
      '> q',
      '~~d~~',
      '![i](//e)',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(markup, fc.string()), { maxLength: 5 }), (parts) => {
        const name = parts.join(' ').replaceAll(/[\n\r]/g, ' ');
        const content = {
          version: 1 as const,
          tenant: name,
          timeZone: 'UTC',
          from: '2026-11-16',
          to: '2026-11-22',
          isLate: false,
          headline: name,
          tone: 'neutral' as const,
          sections: [
            section('keys', [line({ text: name, value: name, who: name, detail: name, path: '/keys' })]),
          ],
        };
        const text = reportMarkdown(content, 'https://b.example.org');
        const unescaped = text.replaceAll(/\\./g, '');
        expect(unescaped.match(/[<>]/g)?.length ?? 0).toBe(2);
        expect(unescaped.match(/\]\(/g)?.length ?? 0).toBe(1);
        expect(unescaped).not.toMatch(/`|!\[|~~|\|/);
      }),
    );
  });
});
