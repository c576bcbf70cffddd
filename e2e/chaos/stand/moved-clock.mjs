// Preloaded into a process: its wall clock is CHAOS_CLOCK_SHIFT_MS away from the machine's. With CHAOS_CLOCK_SWING_MS
// it swings between that far ahead and that far behind every so many milliseconds.
const shiftMs = Number(process.env.CHAOS_CLOCK_SHIFT_MS ?? 0);
const swingMs = Number(process.env.CHAOS_CLOCK_SWING_MS ?? 0);
const RealDate = Date;

function movedNow() {
  const now = RealDate.now();
  const isBehind = swingMs > 0 && Math.floor(now / swingMs) % 2 === 1;
  return now + (isBehind ? -shiftMs : shiftMs);
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [movedNow()] : args, newTarget),
  apply: (target) => new target(movedNow()).toString(),
  get: (target, name, receiver) => (name === 'now' ? movedNow : Reflect.get(target, name, receiver)),
});
