import { describe, expect, it } from 'vitest';
import { FailureGuard, failureSubject } from './failure-guard';

describe('failureSubject', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['::1', '0:0:0:0::/64'],
  ])('counts %s as %s', (ip, subject) => {
    expect(failureSubject(ip)).toBe(subject);
  });
});

describe('FailureGuard', () => {
  const limit = { failuresMax: 2, windowSeconds: 60, blockSeconds: 1 };

  it('lets an address try again after the block', async () => {
    const guard = new FailureGuard(limit);
    for (let i = 0; i < 3; i++) {
      expect(guard.waitSeconds('192.0.2.7')).toBe(0);
      await guard.countFailure('192.0.2.7');
    }
    expect(guard.waitSeconds('192.0.2.7')).toBe(1);
    expect(guard.waitSeconds('192.0.2.8')).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    expect(guard.waitSeconds('192.0.2.7')).toBe(0);
  });
});
