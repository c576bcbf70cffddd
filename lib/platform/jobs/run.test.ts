import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backoffMs, createLoop } from './run';

process.env.LOG_LEVEL = 'silent';
process.env.BULWARK_PROCESS = 'test';
process.env.BULWARK_MODE = 'local';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A run that ends when told, so that a test decides what happens meanwhile. */
function heldRun() {
  const ends: (() => void)[] = [];
  let running = 0;
  let runningMax = 0;
  const run = () =>
    new Promise<void>((resolve) => {
      running += 1;
      runningMax = Math.max(runningMax, running);
      ends.push(() => {
        running -= 1;
        resolve();
      });
    });
  return { run, ends, runningMax: () => runningMax };
}

describe('createLoop', () => {
  it('runs at once, then again an interval after the end of the last run', async () => {
    const run = vi.fn(async () => undefined);
    const loop = createLoop('job', 1000, run);
    loop.start();
    await vi.advanceTimersByTimeAsync(0);
    expect(run).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(999);
    expect(run).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(run).toHaveBeenCalledTimes(2);
    expect(loop.state().lastSuccessAt).toEqual(new Date());
    await loop.stop();
  });

  it('never runs twice at once, however often it is started and woken', async () => {
    const held = heldRun();
    const loop = createLoop('job', 10, held.run);
    loop.start();
    loop.start();
    await vi.advanceTimersByTimeAsync(100);
    loop.wake();
    loop.wake();
    await vi.advanceTimersByTimeAsync(100);
    expect(held.ends).toHaveLength(1);
    held.ends[0]?.();
    await vi.advanceTimersByTimeAsync(1);
    expect(held.ends).toHaveLength(2);
    held.ends[1]?.();
    await loop.stop();
    expect(held.runningMax()).toBe(1);
  });

  it('wakes before the interval is over', async () => {
    const run = vi.fn(async () => undefined);
    const loop = createLoop('job', 60_000, run);
    loop.start();
    await vi.advanceTimersByTimeAsync(0);
    loop.wake();
    await vi.advanceTimersByTimeAsync(0);
    expect(run).toHaveBeenCalledTimes(2);
    await loop.stop();
  });

  it('waits longer after each failure and returns to its pace after a success', async () => {
    let isBroken = true;
    const run = vi.fn(async () => {
      if (isBroken) throw new Error('broken');
    });
    const loop = createLoop('job', 1000, run);
    loop.start();
    await vi.advanceTimersByTimeAsync(0);
    await vi.advanceTimersByTimeAsync(1000);
    expect(run).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(1999);
    expect(run).toHaveBeenCalledTimes(2);
    expect(loop.state()).toMatchObject({ failures: 2, lastSuccessAt: null });
    isBroken = false;
    await vi.advanceTimersByTimeAsync(1);
    expect(loop.state().failures).toBe(0);
    await vi.advanceTimersByTimeAsync(1000);
    expect(run).toHaveBeenCalledTimes(4);
    await loop.stop();
  });

  it('stops after the run that is under way, and runs no more', async () => {
    const held = heldRun();
    const loop = createLoop('job', 10, held.run);
    loop.start();
    await vi.advanceTimersByTimeAsync(0);
    let isStopped = false;
    const stopping = loop.stop().then(() => {
      isStopped = true;
    });
    await vi.advanceTimersByTimeAsync(1000);
    expect(isStopped).toBe(false);
    held.ends[0]?.();
    await stopping;
    loop.wake();
    await vi.advanceTimersByTimeAsync(1000);
    expect(held.ends).toHaveLength(1);
  });
});

describe('backoffMs', () => {
  it('doubles up to a quarter of a minute and is never shorter than the interval', () => {
    expect([0, 1, 2, 3, 20].map((failures) => backoffMs(5000, failures))).toEqual([
      5000, 5000, 10_000, 15_000, 15_000,
    ]);
    expect(backoffMs(3_600_000, 5)).toBe(3_600_000);
  });
});
