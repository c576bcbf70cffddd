import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { streamTenant } from './scope';
import { openScene, type Scene, testJobActor } from './test/scene';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

const ROW_BYTES = 1_000;

async function readLate(rows: Readable): Promise<number> {
  await sleep(20);
  let bytes = 0;
  for await (const some of rows) bytes += (some as Buffer).length;
  return bytes;
}

it.each([1, 60, 70, 100, 130, 1_000, 10_000])('a stream of %i rows with a late reader ends', async (rows) => {
  const statement = sql`copy (
    select repeat('x', ${ROW_BYTES}::integer) from generate_series(1, ${rows}::integer)
  ) to stdout`;
  const read = streamTenant(testJobActor(), statement, readLate);
  expect(await Promise.race([read, sleep(5_000, 'stuck')])).toBe(rows * (ROW_BYTES + 1));
});

it('a stream that its reader leaves gives its connection back', async () => {
  const statement = sql`copy (select repeat('x', 1000) from generate_series(1, 1000000)) to stdout`;
  for (let i = 0; i < 12; i++) {
    const left = streamTenant(testJobActor(), statement, async (rows) => {
      await sleep(20);
      rows.read();
      return 'left';
    });
    expect(await Promise.race([left, sleep(5_000, 'stuck')])).toBe('left');
  }
});
