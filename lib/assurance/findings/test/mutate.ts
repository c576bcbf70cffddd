import fc from 'fast-check';

/** Changes one place of a JSON value: drops it, or puts something else there. */
function mutate(value: unknown, path: readonly number[], replacement: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined || typeof value !== 'object' || value === null) return replacement;
  const names = Object.keys(value);
  if (names.length === 0) return replacement;
  const name = names[step % names.length] ?? '';
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...value };
  (copy as Record<string, unknown>)[name] = mutate(
    (value as Record<string, unknown>)[name],
    rest,
    replacement,
  );
  return copy;
}

const strange = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(
    null,
    [],
    {},
    '',
    'REDACTED',
    -1,
    1e308,
    [null],
    { length: 3 },
    '__proto__',
    'x'.repeat(5_000),
  ),
);

/** Functions that change up to three places of a report, from its root down to any depth that reports have. */
export const changes: fc.Arbitrary<(report: unknown) => unknown> = fc
  .array(fc.tuple(fc.array(fc.nat(20), { maxLength: 8 }), strange), { minLength: 1, maxLength: 3 })
  .map(
    (places) => (report) =>
      places.reduce<unknown>((value, [path, other]) => mutate(value, path, other), report),
  );

/** Functions that spoil the bytes of a report: cut off, one byte changed, or a stretch of it written twice. */
export const damages: fc.Arbitrary<(bytes: Buffer) => Buffer> = fc
  .tuple(fc.constantFrom('cut', 'byte', 'twice'), fc.nat(), fc.integer({ min: 0, max: 255 }))
  .map(([kind, place, byte]) => (bytes) => {
    const at = place % bytes.length;
    if (kind === 'cut') return bytes.subarray(0, at);
    if (kind === 'twice') return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.floor(at / 2))]);
    const changed = Buffer.from(bytes);
    changed[at] = byte;
    return changed;
  });
