import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { unlessSilent } from './silence';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('ends work whose server says nothing, and gives up its sockets', async () => {
  const giveUp = vi.fn();
  const work = unlessSilent({ received: () => 7 }, giveUp, () => new Promise(() => undefined));
  const outcome = expect(work).rejects.toMatchObject({ code: 'CONNECT_TIMEOUT' });
  await vi.advanceTimersByTimeAsync(10_900);
  expect(giveUp).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(200);
  await outcome;
  expect(giveUp).toHaveBeenCalledTimes(1);
});

it('never ends work that gets replies, however long it takes, and leaves no timer', async () => {
  let bytes = 0;
  const giveUp = vi.fn();
  const replies = setInterval(() => {
    bytes += 1;
  }, 9_000);
  const work = unlessSilent({ received: () => bytes }, giveUp, async () => {
    await new Promise((resolve) => setTimeout(resolve, 60_000));
    return 'done';
  });
  await vi.advanceTimersByTimeAsync(60_000);
  expect(await work).toBe('done');
  clearInterval(replies);
  expect(giveUp).not.toHaveBeenCalled();
  expect(vi.getTimerCount()).toBe(0);
});
