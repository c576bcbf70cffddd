import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ATTEMPTS_MAX,
  type AttemptResult,
  type ChannelHealth,
  resultOfStatus,
  retryAfterMs,
  settleChannel,
  settleDelivery,
} from './settle';

const START = new Date('2026-11-22T12:00:00Z');
const statuses = fc.constantFrom(200, 202, 204, 301, 307, 400, 401, 404, 408, 410, 425, 429, 500, 502, 503);
const results: fc.Arbitrary<AttemptResult> = fc.oneof(
  fc
    .tuple(
      statuses,
      fc.constantFrom(undefined, '5', '86400', 'Sun, 22 Nov 2026 13:00:00 GMT', 'soon', '999999999'),
    )
    .map(([status, retryAfter]) => resultOfStatus(status, retryAfter, START)),
  fc.constant<AttemptResult>({
    kind: 'permanent',
    status: 550,
    error: 'refused',
    isGone: false,
    isChannelsFault: false,
  }),
);

describe('a delivery', () => {
  it('moves only along its states: tried again later and later, or finished for good', () => {
    fc.assert(
      fc.property(
        fc.array(results, { minLength: 1, maxLength: 30 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (answers, random) => {
          let now = START;
          let attempts = 0;
          let state: string = 'pending';
          for (const result of answers) {
            if (state !== 'pending') break;
            attempts += 1;
            const settled = settleDelivery(attempts, result, now, random);
            expect(settled.state === 'succeeded').toBe(result.kind === 'succeeded');
            expect(settled.nextAttemptAt !== null).toBe(settled.state === 'pending');
            if (settled.nextAttemptAt) {
              expect(result.kind).toBe('retry');
              const waitMs = settled.nextAttemptAt.getTime() - now.getTime();
              expect(waitMs).toBeGreaterThanOrEqual(8_000);
              expect(waitMs).toBeLessThanOrEqual(24 * 3_600_000);
              now = settled.nextAttemptAt;
            }
            state = settled.state;
          }
          expect(attempts).toBeLessThanOrEqual(ATTEMPTS_MAX);
        },
      ),
    );
  });
});

describe('a channel', () => {
  const fresh: ChannelHealth = { failures: 0, failingSince: null, pausedUntil: null };

  it('counts failures in a row, pauses after each, and any success clears them', () => {
    fc.assert(
      fc.property(fc.array(results, { minLength: 1, maxLength: 30 }), (answers) => {
        let channel = fresh;
        for (const result of answers) {
          const next = settleChannel(channel, result, START, 0.5);
          if (result.kind === 'succeeded') expect(next).toMatchObject(fresh);
          else if (!result.isChannelsFault) expect(next).toEqual({ ...channel, disable: null });
          else {
            expect(next.failures).toBe(channel.failures + 1);
            expect(next.failingSince).not.toBeNull();
            expect(next.pausedUntil?.getTime()).toBeGreaterThan(START.getTime());
          }
          channel = next;
        }
      }),
    );
  });

  const failTimes = (times: number, result: AttemptResult, stepMs: number) => {
    let channel = fresh;
    let disable: string | null = null;
    for (let n = 0; n < times && disable === null; n++) {
      const next = settleChannel(channel, result, new Date(START.getTime() + n * stepMs), 0.5);
      channel = next;
      disable = next.disable;
    }
    return { failures: channel.failures, disable };
  };

  it('is turned off when it is gone, refuses for good, or fails for three days', () => {
    const hour = 3_600_000;
    expect(failTimes(9, resultOfStatus(410, undefined, START), hour)).toEqual({
      failures: 1,
      disable: 'The address returned 410 Gone.',
    });
    expect(failTimes(9, resultOfStatus(404, undefined, START), hour)).toEqual({
      failures: 5,
      disable: 'It answered 404.',
    });
    expect(failTimes(4, resultOfStatus(404, undefined, START), hour).disable).toBeNull();
    expect(failTimes(14, resultOfStatus(503, undefined, START), hour).disable).toBeNull();
    expect(failTimes(15, resultOfStatus(503, undefined, START), hour).failures).toBe(15);
    expect(failTimes(9, resultOfStatus(503, undefined, START), 18 * hour)).toEqual({
      failures: 5,
      disable: 'It answered 503.',
    });
  });
});

it('reads Retry-After as seconds or a date', () => {
  expect(retryAfterMs('120', START)).toBe(120_000);
  expect(retryAfterMs('Sun, 22 Nov 2026 12:01:00 GMT', START)).toBe(60_000);
  expect(retryAfterMs('Sun, 22 Nov 2026 11:00:00 GMT', START)).toBe(0);
  expect(retryAfterMs('soon', START)).toBeNull();
  expect(retryAfterMs(undefined, START)).toBeNull();
});
