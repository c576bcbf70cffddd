import { SECOND_MS } from '@/lib/platform/core/clock';
import type { AppliedLimit, LimitedRequest, LimiterState, LimitVerdict, Plane } from './contract';
import { FailedKeys } from './failed-keys';
import { MemoryStore, type Tally } from './memory-store';
import { type LimitUse, planLimits, quotaOf } from './plan';
import type { LoadedPolicy, PolicySource } from './policy-file';
import { NO_LIMITS, tagOf } from './redis-store';
import { ANSWER_WITHIN_MS, SharedStore } from './shared-store';

interface LimiterLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface LimiterOptions {
  policy: PolicySource;
  /** Null: counters in this process only. */
  redisUrl: string | null;
  /** Which requests come this way; rules may name it. */
  plane?: Plane;
  log: LimiterLog;
  /** How long an answer of Redis is waited for; 60 ms where left out. */
  answerWithinMs?: number;
  /** Milliseconds of a clock that only goes forward; counters in memory are kept by it. */
  now?: () => number;
}

export interface Limiter {
  /** One verdict per request, in order. Synchronous in memory; with Redis one round trip. Never rejects. */
  check(requests: readonly LimitedRequest[]): readonly LimitVerdict[] | Promise<readonly LimitVerdict[]>;
  /** Keys that do not exist, counted by address. */
  readonly failedKeys: FailedKeys;
  readonly state: LimiterState;
  /** What is in force. */
  readonly policy: LoadedPolicy;
  /** Settled once Redis answered, or was found not to. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

const UNLIMITED: LimitVerdict = {
  isAllowed: true,
  isUnavailable: false,
  limit: null,
  retryAfterSeconds: 0,
  shadowed: [],
  isDegraded: false,
};
const UNAVAILABLE_RETRY_SECONDS = 5;

const secondsOf = (ms: number) => Math.ceil(ms / SECOND_MS);

function appliedLimit({ limit }: LimitUse, used: number, resetMs: number, share: number): AppliedLimit {
  const quota = quotaOf(limit, share);
  return {
    name: limit.name,
    quota,
    windowSeconds: limit.windowSeconds,
    remaining: Math.max(0, quota - used),
    // A shared counter forgets up to 1/64 of a window late; nobody is told to wait longer than the window.
    resetSeconds: Math.min(limit.windowSeconds, secondsOf(resetMs)),
    line: limit.line,
  };
}

/** The limit to show: one that refuses, else the one with the smallest part left. */
function shownLimit(
  uses: readonly LimitUse[],
  { used, refused, resetMs }: Tally,
  share: number,
): AppliedLimit | null {
  let shown = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < uses.length; i++) {
    const { limit } = uses[i] as LimitUse;
    if (limit.isShadow) continue;
    const left = refused[i] ? -1 : 1 - (used[i] ?? 0) / quotaOf(limit, share);
    if (left >= least) continue;
    shown = i;
    least = left;
  }
  const use = uses[shown];
  return use ? appliedLimit(use, used[shown] ?? 0, resetMs[shown] ?? 0, share) : null;
}

function shadowedBy(uses: readonly LimitUse[], { refused }: Tally): readonly string[] {
  let shadowed: string[] | null = null;
  for (let i = 0; i < uses.length; i++) {
    const { limit } = uses[i] as LimitUse;
    if (!refused[i] || !limit.isShadow) continue;
    shadowed ??= [];
    shadowed.push(limit.name);
  }
  return shadowed ?? UNLIMITED.shadowed;
}

function verdictOf(
  uses: readonly LimitUse[],
  tally: Tally,
  share: number,
  isDegraded: boolean,
): LimitVerdict {
  if (uses.length === 0) return isDegraded ? { ...UNLIMITED, isDegraded } : UNLIMITED;
  return {
    isAllowed: tally.isAllowed,
    isUnavailable: false,
    limit: shownLimit(uses, tally, share),
    retryAfterSeconds: tally.isAllowed ? 0 : Math.max(1, secondsOf(tally.retryMs)),
    shadowed: shadowedBy(uses, tally),
    isDegraded,
  };
}

const TAGS_MAX = 10_000;

/** When a shared store began to count anew, by the tag that its counters share. */
class Losses {
  private readonly known = new Map<string, { sinceMs: number; lostMs: number }>();

  /** @returns when this process saw that counters were lost; long ago where it never did */
  lastOf(tag: string, sinceMs: number, nowMs: number): number {
    const known = this.known.get(tag);
    if (known?.sinceMs === sinceMs) return known.lostMs;
    if (!known && this.known.size >= TAGS_MAX) this.known.clear();
    const lostMs = known ? nowMs : Number.NEGATIVE_INFINITY;
    this.known.set(tag, { sinceMs, lostMs });
    return lostMs;
  }
}

class PolicyLimiter implements Limiter {
  readonly failedKeys: FailedKeys;
  readonly ready: Promise<void>;
  private readonly memory = new MemoryStore();
  private readonly shared: SharedStore | null;
  private readonly losses = new Losses();
  private readonly plane: Plane;
  private readonly now: () => number;
  private sinceMs = Date.now();
  private fallbacks = 0;

  constructor(private readonly options: LimiterOptions) {
    this.plane = options.plane ?? 'gate';
    this.now = options.now ?? (() => performance.now());
    this.shared = options.redisUrl === null ? null : this.connect(options.redisUrl);
    this.ready = this.shared ? this.shared.firstProbe : Promise.resolve();
    this.failedKeys = new FailedKeys({
      policy: options.policy,
      plane: this.plane,
      now: this.now,
      take: (uses) => this.takeOne(uses),
    });
  }

  get policy(): LoadedPolicy {
    return this.options.policy.current;
  }

  get state(): LimiterState {
    const { current, loadedAtMs, error } = this.options.policy;
    return {
      store: this.shared ? (this.shared.isUp ? 'redis' : 'fallback') : 'memory',
      sinceMs: this.sinceMs,
      storeError: this.shared && !this.shared.isUp ? this.shared.lastError : null,
      fallbacks: this.fallbacks,
      subjects: this.memory.subjects,
      policy: {
        file: current.file,
        sha256: current.hash,
        loadedAtMs,
        limits: current.rules.length,
        problems: error?.problems ?? [],
      },
    };
  }

  check(requests: readonly LimitedRequest[]): readonly LimitVerdict[] | Promise<readonly LimitVerdict[]> {
    const policy = this.options.policy.current;
    const plans = requests.map((request) => planLimits(policy, this.plane, request));
    if (!this.shared) return this.checkInMemory(plans);
    if (plans.every((uses) => uses.length === 0)) return plans.map(() => UNLIMITED);
    const asked = this.shared.take(plans);
    if (!asked) return this.checkAlone(plans);
    return asked.then((tallies) =>
      tallies
        ? plans.map((uses, i) => this.verdictOfShared(uses, tallies[i] ?? NO_LIMITS))
        : this.checkAlone(plans),
    );
  }

  async close(): Promise<void> {
    this.shared?.close();
    this.options.policy.close();
  }

  private connect(url: string): SharedStore {
    return new SharedStore(url, this.options.answerWithinMs ?? ANSWER_WITHIN_MS, {
      onUp: () => {
        this.sinceMs = Date.now();
        this.options.log.info({}, 'limits are counted in Redis');
      },
      onDown: (reason) => {
        this.sinceMs = Date.now();
        this.fallbacks += 1;
        this.options.log.warn({ reason }, 'limits are counted in this process: Redis does not answer');
      },
    });
  }

  /**
   * What Redis admitted is noted here as well. Where Redis lost its counters within a window, what this process admitted
   * itself is all that is left of them: it keeps to its share until the window is over.
   */
  private verdictOfShared(uses: readonly LimitUse[], tally: Tally): LimitVerdict {
    const [first] = uses;
    if (!first) return verdictOf(uses, tally, 1, false);
    const nowMs = this.now();
    const lostMs = this.losses.lastOf(tagOf(first.counter), tally.countedSinceMs ?? 0, nowMs);
    const isLost = ({ limit }: LimitUse) => nowMs - lostMs < limit.windowMs;
    if (!tally.isAllowed || !uses.some(isLost)) {
      if (tally.isAllowed) this.memory.note(uses, nowMs);
      return verdictOf(uses, tally, 1, false);
    }
    const { fallbackShare } = this.options.policy.current;
    const own = this.memory.take(uses, nowMs, (use) => (isLost(use) ? fallbackShare : 1));
    return own.isAllowed ? verdictOf(uses, tally, 1, false) : verdictOf(uses, own, fallbackShare, true);
  }

  private checkInMemory(plans: readonly LimitUse[][]): LimitVerdict[] {
    const nowMs = this.now();
    return plans.map((uses) =>
      uses.length === 0 ? UNLIMITED : verdictOf(uses, this.memory.take(uses, nowMs), 1, false),
    );
  }

  private checkAlone(plans: readonly LimitUse[][]): LimitVerdict[] {
    const nowMs = this.now();
    const { fallbackShare } = this.options.policy.current;
    return plans.map((uses) => {
      if (uses.some(({ limit }) => limit.onStoreFailure === 'closed' && !limit.isShadow)) {
        return {
          ...UNLIMITED,
          isAllowed: false,
          isUnavailable: true,
          isDegraded: true,
          retryAfterSeconds: UNAVAILABLE_RETRY_SECONDS,
        };
      }
      const local = uses.filter(({ limit }) => limit.onStoreFailure === 'local');
      return verdictOf(local, this.memory.take(local, nowMs, fallbackShare), fallbackShare, true);
    });
  }

  private takeOne(uses: LimitUse[]): Tally | Promise<Tally> {
    const { fallbackShare } = this.options.policy.current;
    const alone = () => this.memory.take(uses, this.now(), this.shared ? fallbackShare : 1);
    const asked = this.shared?.take([uses]);
    return asked
      ? asked.then((tallies) => {
          const [tally] = tallies ?? [];
          if (tally?.isAllowed) this.memory.note(uses, this.now());
          return tally ?? alone();
        })
      : alone();
  }
}

/** The engine behind every limit of this process, on the policy's file and one store. */
export function createLimiter(options: LimiterOptions): Limiter {
  return new PolicyLimiter(options);
}
