/** Unix milliseconds, with fractions, from the monotonic clock: a step of the host's clock does not move it. */
export function monotonicMs(): number {
  return performance.timeOrigin + performance.now();
}

const REFRESH_MS = 1000;

/**
 * Estimates the database's clock between its replies. Decisions made with the estimate are checked by the database
 * itself (the statement's deadlines), so an error costs a round trip, never a wrong answer.
 */
export class DatabaseClock {
  private offsetMs = 0;
  private readAtMs = Number.NEGATIVE_INFINITY;

  nowMs(): number {
    return monotonicMs() + this.offsetMs;
  }

  /** The database's time of a moment of this process. */
  at(ownMs: number): number {
    return ownMs + this.offsetMs;
  }

  get isStale(): boolean {
    return monotonicMs() - this.readAtMs > REFRESH_MS;
  }

  /** Takes a reading: the database said `databaseMs` between the two own moments. */
  read(sentMs: number, databaseMs: number, receivedMs: number): void {
    this.offsetMs = databaseMs - (sentMs + receivedMs) / 2;
    this.readAtMs = receivedMs;
  }
}
