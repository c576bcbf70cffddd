export const PLANES = ['console', 'gate'] as const;
/** Where a request came in: the console with its management API, or the gate. */
export type Plane = (typeof PLANES)[number];

export const LIMIT_SUBJECTS = ['user', 'key', 'owner', 'ip', 'tenant'] as const;
export type LimitSubject = (typeof LIMIT_SUBJECTS)[number];

export const STORE_FAILURES = ['local', 'open', 'closed'] as const;
/** What a limit does without its store: a lower cap in this process, nothing, or 503. */
export type StoreFailure = (typeof STORE_FAILURES)[number];

/** One thing that is wrong in the file; lines and columns count from 1. */
export interface PolicyProblem {
  line: number;
  column: number;
  message: string;
}

/** A request as limits see it; every field already normalised by the caller. */
export interface LimitedRequest {
  method: string;
  host: string;
  /** Normalised, no query. */
  path: string;
  ip: string | null;
  userId: string | null;
  keyId: string | null;
  ownerId: string | null;
  tenantId: string | null;
  /** Cost named by the caller (`cost` of verify); multiplied by the rule's cost. */
  cost: number;
  /** Limits stored on the key itself (api_key.rate_limits), enforced like a rule with the subject key. */
  keyLimits: readonly { limit: number; windowSeconds: number }[];
}

/** What a limit says of one request. */
export interface AppliedLimit {
  name: string;
  quota: number;
  windowSeconds: number;
  remaining: number;
  /** Until some of the quota comes back. */
  resetSeconds: number;
  /** Line in the policy file; 0 for a limit that is stored on the key. */
  line: number;
}

export interface LimitVerdict {
  /** False: some enforced limit refuses; then nothing was consumed of any. */
  isAllowed: boolean;
  /** `onStoreFailure: closed` and the store is gone: answer 503. */
  isUnavailable: boolean;
  /** The violated limit, else the tightest; null where none applies. */
  limit: AppliedLimit | null;
  /** 0 where allowed. */
  retryAfterSeconds: number;
  /** Names of shadow limits that would have refused. */
  shadowed: readonly string[];
  /** Decided by this process alone, with the lower cap, because Redis does not answer. */
  isDegraded: boolean;
}

export interface LimiterState {
  /** `fallback`: Redis is configured and does not answer. */
  store: 'memory' | 'redis' | 'fallback';
  /** Since when, in ms since the epoch. */
  sinceMs: number;
  /** Why the store is not used, in one sentence. */
  storeError: string | null;
  /** How often this process fell back since it started. */
  fallbacks: number;
  /** Subjects counted in this process's memory. */
  subjects: number;
  policy: {
    file: string;
    sha256: string;
    loadedAtMs: number;
    limits: number;
    /** What is wrong with the newer file that was not taken over. */
    problems: readonly PolicyProblem[];
  };
}

/** What the record keeps of a verdict, in `details` of its audit row. Null where there is nothing to say. */
export interface LimitDetails {
  /** Name of the limit that refused. */
  limit?: string;
  shadowed?: readonly string[];
}
