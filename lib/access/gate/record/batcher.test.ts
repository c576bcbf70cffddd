import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Batcher, type Settle } from './batcher';

interface Flush {
  batch: number[];
  finish(settle?: Settle): void;
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

/** Long enough for all that follows from what was done. */
const quiet = () => turns(4);

/** A batcher whose flushes end when the test says so. */
function openBatcher(
  limits: { itemsPerFlushMax?: number; waitingMax?: number; lanes?: number; crowd?: number } = {},
) {
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

/** Numbers in order, and flushes that end in any order. */
class Crowd {
  added = 0;
  private readonly open: ReturnType<typeof openBatcher>;
  private readonly ended = new Set<Flush>();

  constructor(lanes: number) {
    this.open = openBatcher({ lanes, crowd: 24, itemsPerFlushMax: 30, waitingMax: 10_000 });
  }

  get running(): Flush[] {
    return this.open.flushes.filter((flush) => !this.ended.has(flush));
  }

  get flushed(): number[] {
    return this.open.flushes.flatMap(({ batch }) => batch);
  }

  add(count: number): void {
    for (let i = 0; i < count; i++) this.open.batcher.add(this.added++);
  }

  finish(which: number): void {
    const flush = this.running[which];
    if (!flush) return;
    this.ended.add(flush);
    flush.finish();
  }

  async end(): Promise<void> {
    const drained = this.open.batcher.drained();
    for (let idle = 0; idle < 3; idle++, await quiet()) {
      while (this.running.length > 0) {
        this.finish(0);
        idle = 0;
        await quiet();
      }
    }
    await drained;
  }
}

describe('Batcher', () => {
  it('flushes what arrived in one turn together, and what arrives meanwhile when that returns', async () => {
    const { batcher, flushes } = openBatcher();
    batcher.add(1);
    batcher.add(2);
    await quiet();
    batcher.add(3);
    batcher.add(4);
    await quiet();
    expect(flushes.map(({ batch }) => batch)).toEqual([[1, 2]]);
    flushes[0]?.finish();
    await quiet();
    expect(flushes.map(({ batch }) => batch)).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('has a crowd on its way before it settles the last flush', async () => {
    const { batcher, flushes } = openBatcher({ crowd: 24 });
    batcher.add(1);
    await quiet();
    for (let item = 0; item < 24; item++) batcher.add(item);
    let flushesAtSettle = 0;
    flushes[0]?.finish(() => {
      flushesAtSettle = flushes.length;
    });
    await quiet();
    expect(flushesAtSettle).toBe(2);
  });

  it('sends a crowd off at once, so that its flush is under way while more arrive', () => {
    const { batcher, flushes } = openBatcher({ lanes: 2, crowd: 24 });
    for (let item = 0; item < 60; item++) batcher.add(item);
    expect(flushes.map(({ batch }) => batch.length)).toEqual([24, 24]);
    expect(batcher.size).toBe(12);
  });

  it('waits while every turn brings another item, but not for ever', async () => {
    const { batcher, flushes } = openBatcher();
    for (let item = 1; item <= 20; item++) {
      batcher.add(item);
      await turn();
    }
    expect(flushes[0]?.batch.length).toBeGreaterThan(5);
    expect(flushes[0]?.batch.length).toBeLessThan(15);
  });

  it('takes no more than it may hold, and no more into a flush than that may take', async () => {
    const { batcher, flushes } = openBatcher({ itemsPerFlushMax: 2, waitingMax: 3 });
    batcher.add(0);
    await quiet();
    expect([1, 2, 3, 4].map((item) => batcher.add(item))).toEqual([true, true, true, false]);
    expect(batcher.size).toBe(3);
    flushes[0]?.finish();
    await quiet();
    expect(flushes[1]?.batch).toEqual([1, 2]);
    expect(batcher.add(5)).toBe(true);
    flushes[1]?.finish();
    await quiet();
    expect(flushes[2]?.batch).toEqual([3, 5]);
  });

  it('has as many flushes on their way as it has lanes', async () => {
    const { batcher, flushes } = openBatcher({ lanes: 2 });
    for (const item of [1, 2, 3, 4]) {
      batcher.add(item);
      await quiet();
    }
    expect(flushes.map(({ batch }) => batch)).toEqual([[1], [2]]);
    flushes[1]?.finish();
    await quiet();
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
    await quiet();
    batcher.add(2);
    flushes[0]?.finish();
    await quiet();
    expect(isDrained).toBe(false);
    flushes[1]?.finish();
    await drained;
    expect(isDrained).toBe(true);
  });

  it('flushes every item once and in order, on no more lanes than it has, whatever happens when', async () => {
    const step = fc.record({
      kind: fc.constantFrom('add', 'turn', 'finish'),
      count: fc.integer({ min: 1, max: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 40 }),
        fc.integer({ min: 1, max: 3 }),
        async (steps, lanes) => {
          const crowd = new Crowd(lanes);
          for (const { kind, count } of steps) {
            if (kind === 'add') crowd.add(count);
            else if (kind === 'turn') await turns(count % 4);
            else crowd.finish(count % lanes);
            expect(crowd.running.length).toBeLessThanOrEqual(lanes);
          }
          await crowd.end();
          expect(crowd.flushed).toEqual(Array.from({ length: crowd.added }, (_, i) => i));
        },
      ),
      { numRuns: 200 },
    );
  });
});
