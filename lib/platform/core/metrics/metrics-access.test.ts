import { expect, it } from 'vitest';
import { mayReadMetrics } from './metrics-access';

it('opens metrics to the token alone where there is one, else where the port is private', () => {
  expect(mayReadMetrics('Bearer right', 'right', false)).toBe(true);
  for (const wrong of [
    undefined,
    null,
    '',
    'right',
    'Bearer ',
    'Bearer wrong',
    'Bearer right ',
    'bearer right',
  ]) {
    expect(mayReadMetrics(wrong, 'right', true)).toBe(false);
  }
  expect(mayReadMetrics(undefined, undefined, true)).toBe(true);
  expect(mayReadMetrics('Bearer anything', undefined, false)).toBe(false);
});
