import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '@/lib/platform/core/clock';
import { countdownAnnouncement, exactDuration, roughDuration } from './duration';

describe('durations', () => {
  it.each([
    [DAY_MS, '24 hours'],
    [2 * DAY_MS, '2 days'],
    [HOUR_MS, '1 hour'],
    [90 * MINUTE_MS, '90 minutes'],
    [45 * SECOND_MS, '45 seconds'],
  ])('writes %d ms exactly', (ms, text) => expect(exactDuration(ms)).toBe(text));

  it.each([
    [3 * DAY_MS + HOUR_MS, '3 days'],
    [119 * MINUTE_MS, '1 hour'],
    [59 * SECOND_MS, 'less than a minute'],
  ])('rounds %d ms down to one unit', (ms, text) => expect(roughDuration(ms)).toBe(text));
});

describe('countdownAnnouncement', () => {
  it('changes at marks only, so that it is not read out every second', () => {
    const heard = new Set<string>();
    for (let leftMs = HOUR_MS; leftMs >= 0; leftMs -= SECOND_MS) heard.add(countdownAnnouncement(leftMs));
    expect([...heard]).toEqual([
      'Less than 1 hour left.',
      'Less than 15 minutes left.',
      'Less than 5 minutes left.',
      'Less than 1 minute left.',
      'Time is up.',
    ]);
  });
});
