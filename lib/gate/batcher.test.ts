import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Batcher, type Settle } from './batcher';

interface Flush {
  batch: number[];
  finish(settle?: Settle): void;
}

/** A batcher whose flushes end when the test says so. */
function openBatcher(limits: { itemsPerFlushMax?: number; waitingMax?: number; lanes?: number } = {}) {
  const flushes: Flush[] = [];
  const batcher = new Batcher<number>({
    itemsPerFlushMax: 100,
    waitingMax: 100,
    ...limits,
    flush: (batch) =>
      new Promise((resolve) => {
        flushes.push({ batch, finish: (settle = () => undefined) => resolve(settle) });
      }),
  });
  return { batcher, flushes };
}

describe('Batcher', () => {
  it('flushes what arrived in one turn together, and what arrives meanwhile when that returns', async () => {
    const { batcher, flushes } = openBatcher();
    batcher.add(1);
    batcher.add(2);
    await turn();
    batcher.add(3);
    batcher.add(4);
    await turn();
    expect(flushes.map(({ batch }) => batch)).toEqual([[1, 2]]);
    flushes[0]?.finish();
    await turn();
    expect(flushes.map(({ batch }) => batch)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('has the next flush on its way before it settles the last', async () => {
    const { batcher, flushes } = openBatcher();
    batcher.add(1);
    await turn();
    batcher.add(2);
    let flushesAtSettle = 0;
    flushes[0]?.finish(() => {
      flushesAtSettle = flushes.length;
    });
    await turn();
    expect(flushesAtSettle).toBe(2);
  });

  it('takes no more than it may hold, and no more into a flush than that may take', async () => {
    const { batcher, flushes } = openBatcher({ itemsPerFlushMax: 2, waitingMax: 3 });
    batcher.add(0);
    await turn();
    expect([1, 2, 3, 4].map((item) => batcher.add(item))).toEqual([true, true, true, false]);
    expect(batcher.size).toBe(3);
    flushes[0]?.finish();
    await turn();
    expect(flushes[1]?.batch).toEqual([1, 2]);
    expect(batcher.add(5)).toBe(true);
    flushes[1]?.finish();
    await turn();
    expect(flushes[2]?.batch).toEqual([3, 5]);
  });

  it('has as many flushes on their way as it has lanes', async () => {
    const { batcher, flushes } = openBatcher({ lanes: 2 });
    for (const item of [1, 2, 3, 4]) {
      batcher.add(item);
      await turn();
    }
    expect(flushes.map(({ batch }) => batch)).toEqual([[1], [2]]);
    flushes[1]?.finish();
    await turn();
    expect(flushes.map(({ batch }) => batch)).toEqual([[1], [2], [3, 4]]);
    const drained = batcher.drained();
    for (const { finish } of flushes) finish();
    await drained;
  });

  it('is drained when nothing waits and nothing is on its way', async () => {
    const { batcher, flushes } = openBatcher();
    await batcher.drained();
    batcher.add(1);
    let isDrained = false;
    const drained = batcher.drained().then(() => {
      isDrained = true;
    });
    await turn();
    batcher.add(2);
    flushes[0]?.finish();
    await turn();
    expect(isDrained).toBe(false);
    flushes[1]?.finish();
    await drained;
    expect(isDrained).toBe(true);
  });
});
