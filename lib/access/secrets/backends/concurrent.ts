/** Does work on each item, `width` at a time. @throws the first error, after which no further item is begun */
export async function forEachOf<T>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  let isOver = false;
  const one = async () => {
    for (let item = queue.shift(); item !== undefined && !isOver; item = queue.shift()) {
      await work(item).catch((error: unknown) => {
        isOver = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, queue.length) }, one));
}
