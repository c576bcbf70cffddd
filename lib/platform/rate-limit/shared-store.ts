import { RedisConnection } from '@/db/redis';
import { TooSlowError, withinOnceWritten } from '@/lib/platform/core/within';
import type { Tally } from './memory-store';
import type { LimitUse } from './plan';
import { takeInRedis } from './redis-store';

/** From writing a command to deciding without its answer; with the time the process itself needs it stays below 100 ms. */
export const ANSWER_WITHIN_MS = 60;
/** Redis is given up after so many times that long without any answer: one late answer of a starved machine is none. */
const SILENT_TIMES = 3;
/** Between two attempts to return to Redis; half of it is chance, so that many processes do not return at once. */
const PROBE_EVERY_MS = 1_000;
const PROBES_TO_RETURN = 2;
/** A connection on which nothing came back for so long is replaced. */
const SILENT_MS_MAX = 5_000;
const CALLS_IN_FLIGHT_MAX = 2;
const BATCH_MAX = 1_000;

export interface StoreEvents {
  onUp(): void;
  onDown(reason: string): void;
}

interface Waiting {
  batch: readonly (readonly LimitUse[])[];
  settle: (tallies: Tally[] | null) => void;
}

const sentenceOf = (error: unknown) => (error instanceof Error ? error.message || error.name : String(error));

/**
 * Counters in Redis, given up as soon as Redis is gone or slow, and taken up again by itself. Requests that arrive
 * while calls are under way go together with the next one.
 */
export class SharedStore {
  private readonly connection: RedisConnection;
  private queue: Waiting[] = [];
  private inFlight = new Set<Waiting[]>();
  private probeTimer: NodeJS.Timeout | undefined;
  private goodProbes = 0;
  private silentSinceMs: number | null = null;
  /** When the first question was asked since an answer came in time; null where the newest one did. */
  private unansweredSinceMs: number | null = null;
  private isClosed = false;
  /** False until Redis answered for the first time. */
  isUp = false;
  lastError: string | null = 'Redis has not answered yet';
  readonly firstProbe: Promise<void>;

  constructor(
    url: string,
    private readonly answerWithinMs: number,
    private readonly events: StoreEvents,
  ) {
    this.connection = new RedisConnection(url, (error) => this.fall(sentenceOf(error)));
    this.goodProbes = PROBES_TO_RETURN - 1;
    this.firstProbe = this.firstConnection();
  }

  /** Null where Redis cannot be asked: decide without it. Never rejects. */
  take(batch: readonly (readonly LimitUse[])[]): Promise<Tally[] | null> | null {
    if (!this.isUp) return null;
    return new Promise((settle) => {
      this.queue.push({ batch, settle });
      this.send();
    });
  }

  close(): void {
    this.isClosed = true;
    clearTimeout(this.probeTimer);
    this.isUp = false;
    this.abandon();
    this.connection.close();
  }

  private send(): void {
    while (this.queue.length > 0 && this.inFlight.size < CALLS_IN_FLIGHT_MAX) {
      const group: Waiting[] = [];
      let size = 0;
      while (this.queue.length > 0 && size < BATCH_MAX) {
        const waiting = this.queue.shift() as Waiting;
        group.push(waiting);
        size += waiting.batch.length;
      }
      this.ask(group);
    }
  }

  private ask(group: Waiting[]): void {
    this.unansweredSinceMs ??= performance.now();
    this.inFlight.add(group);
    const [only] = group;
    const batch = group.length === 1 && only ? only.batch : group.flatMap((waiting) => waiting.batch);
    withinOnceWritten(takeInRedis(this.connection, batch), this.answerWithinMs, 'Redis').then(
      (tallies) => this.settleWith(group, tallies),
      (error) => this.settleWithout(group, error),
    );
  }

  private settleWith(group: Waiting[], tallies: Tally[]): void {
    if (!this.inFlight.delete(group)) return;
    this.unansweredSinceMs = null;
    let from = 0;
    for (const { batch, settle } of group) {
      settle(tallies.slice(from, from + batch.length));
      from += batch.length;
    }
    this.send();
  }

  /** A late answer costs its own requests only, until nothing came for some time. */
  private settleWithout(group: Waiting[], error: unknown): void {
    if (!this.inFlight.has(group)) return;
    const silentMs = performance.now() - (this.unansweredSinceMs ?? performance.now());
    const isSilent = silentMs >= SILENT_TIMES * this.answerWithinMs;
    if (!(error instanceof TooSlowError) || isSilent) {
      this.fall(sentenceOf(error));
      return;
    }
    this.inFlight.delete(group);
    // What waited behind it has waited as long.
    const late = [...group, ...this.queue];
    this.queue = [];
    for (const { settle } of late) settle(null);
  }

  private abandon(): void {
    const waiting = [...[...this.inFlight].flat(), ...this.queue];
    this.inFlight.clear();
    this.queue = [];
    for (const { settle } of waiting) settle(null);
  }

  private fall(reason: string): void {
    this.lastError = reason;
    this.goodProbes = 0;
    if (!this.isUp) return;
    this.isUp = false;
    this.abandon();
    this.events.onDown(reason);
    this.probeSoon();
  }

  private async firstConnection(): Promise<void> {
    for (let waitedMs = 0; waitedMs < 500 && !this.connection.isReady; waitedMs += 5)
      await new Promise((resolve) => setTimeout(resolve, 5));
    await this.probe();
  }

  private probeSoon(): void {
    if (this.isClosed) return;
    clearTimeout(this.probeTimer);
    this.probeTimer = setTimeout(() => void this.probe(), PROBE_EVERY_MS * (0.5 + Math.random() / 2));
    this.probeTimer.unref();
  }

  private async probe(): Promise<void> {
    if (this.isClosed || this.isUp) return;
    this.silentSinceMs ??= performance.now();
    try {
      if (!this.connection.isReady) throw new Error(this.lastError ?? 'Redis is not connected');
      await withinOnceWritten(this.connection.ping(), this.answerWithinMs, 'Redis');
      this.silentSinceMs = null;
      this.goodProbes += 1;
    } catch (error) {
      this.goodProbes = 0;
      this.lastError = sentenceOf(error);
      if (error instanceof TooSlowError && this.silentSinceMs !== null)
        this.replaceSilent(this.silentSinceMs);
    }
    if (this.isClosed) return;
    if (this.goodProbes >= PROBES_TO_RETURN) this.rise();
    else this.probeSoon();
  }

  private replaceSilent(sinceMs: number): void {
    if (performance.now() - sinceMs < SILENT_MS_MAX) return;
    this.silentSinceMs = null;
    this.connection.reopen();
  }

  private rise(): void {
    this.unansweredSinceMs = null;
    this.isUp = true;
    this.lastError = null;
    this.events.onUp();
  }
}
