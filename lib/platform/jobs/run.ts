import { log } from '@/lib/platform/core/log';

/** Also how long work may rest after its database has come back. */
const BACKOFF_MAX_MS = 15_000;

export interface LoopState {
  name: string;
  everyMs: number;
  lastSuccessAt: Date | null;
  /** The failures since the last success. */
  failures: number;
}

export interface Loop {
  start(): void;
  /** Runs soon instead of after the interval; while running, once more afterwards. */
  wake(): void;
  /** Ends the loop and waits for the run that is under way. */
  stop(): Promise<void>;
  state(): LoopState;
}

type LoopObserver = (name: string, isDone: boolean, seconds: number) => void;
let observe: LoopObserver | undefined;

/** Hears of every run that ends. One observer per process; a later one replaces it. */
export function observeLoops(observer: LoopObserver | undefined): void {
  observe = observer;
}

/** How long to wait after the nth failure in a row: twice as long each time, up to 15 s. */
export function backoffMs(everyMs: number, failures: number): number {
  return failures === 0
    ? everyMs
    : Math.max(everyMs, Math.min(BACKOFF_MAX_MS, everyMs * 2 ** (failures - 1)));
}

/** Repeats `run`: the first time at once, then `everyMs` after the end of the last run; never two at once. */
export function createLoop(name: string, everyMs: number, run: () => Promise<void>): Loop {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isStopped = true;
  let isWoken = false;
  let failures = 0;
  let lastSuccessAt: Date | null = null;

  async function runOnce(): Promise<void> {
    const startedMs = performance.now();
    try {
      await run();
      lastSuccessAt = new Date();
      failures = 0;
    } catch (err) {
      failures += 1;
      log().error({ err, job: name, failures, nextInMs: backoffMs(everyMs, failures) }, 'a job failed');
    }
    observe?.(name, failures === 0, (performance.now() - startedMs) / 1000);
  }

  function schedule(delayMs: number): void {
    timer = setTimeout(() => {
      isWoken = false;
      running = runOnce().finally(() => {
        running = undefined;
        if (!isStopped) schedule(isWoken ? 0 : backoffMs(everyMs, failures));
      });
    }, delayMs);
  }

  return {
    start() {
      if (!isStopped) return;
      isStopped = false;
      if (!running) schedule(0);
    },
    wake() {
      isWoken = true;
      if (isStopped || running) return;
      clearTimeout(timer);
      schedule(0);
    },
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
    state: () => ({ name, everyMs, lastSuccessAt, failures }),
  };
}
