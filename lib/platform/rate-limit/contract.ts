import { z } from 'zod';
import { plainLine } from '@/lib/platform/core/plain-line';

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

const maybe = (max: number) => z.union([z.literal(''), plainLine(max)]).default('');

export const explainLimitsInput = z.strictObject({
  at: z.enum(PLANES).default('gate'),
  method: z
    .string()
    .regex(/^[A-Za-z-]{1,32}$/, 'Give a method such as GET.')
    .default('GET'),
  host: maybe(253),
  path: z.string().startsWith('/', 'Enter a path that starts with /.').max(2_000).default('/'),
  ip: z.union([z.ipv4(), z.ipv6(), z.literal('')], 'Give one IPv4 or IPv6 address.').default(''),
  user: maybe(200),
  key: maybe(200),
  owner: maybe(200),
});
export type ExplainLimitsInput = z.input<typeof explainLimitsInput>;

/** Why a rule does not apply to a request; null where it does. */
export const RULE_MISSES = ['plane', 'method', 'host', 'path', 'subject', 'failures'] as const;
export type RuleMiss = (typeof RULE_MISSES)[number];

export const limitWindowDto = z.object({
  name: z.string(),
  quota: z.number().int(),
  windowSeconds: z.number().int(),
  line: z.number().int(),
});

/** One rule of the file, as it is in force. */
export const limitRuleDto = z.object({
  name: z.string(),
  description: z.string().nullable(),
  line: z.number().int(),
  at: z.array(z.enum(PLANES)),
  match: z.object({
    methods: z.array(z.string()).nullable(),
    hosts: z.array(z.string()).nullable(),
    paths: z.array(z.string()).nullable(),
  }),
  per: z.array(z.enum(LIMIT_SUBJECTS)),
  counts: z.enum(['requests', 'failed_keys']),
  windows: z.array(limitWindowDto),
  cost: z.number().int(),
  mode: z.enum(['enforce', 'shadow']),
  onStoreFailure: z.enum(STORE_FAILURES),
});
export type LimitRuleDto = z.infer<typeof limitRuleDto>;

/** One rule and whether it applies; `subject` is what would be counted, such as `ip:192.0.2.7`. */
export const explainedRuleDto = z.object({
  rule: limitRuleDto,
  miss: z.enum(RULE_MISSES).nullable(),
  subject: z.string().nullable(),
});
export type ExplainedRuleDto = z.infer<typeof explainedRuleDto>;

export const explainedLimitsDto = z.object({ file: z.string(), rules: z.array(explainedRuleDto) });
export type ExplainedLimitsDto = z.infer<typeof explainedLimitsDto>;

export const limiterStateDto = z.object({
  store: z.enum(['memory', 'redis', 'fallback']),
  since: z.iso.datetime(),
  storeError: z.string().nullable(),
  fallbacks: z.number().int(),
  fallbackShare: z.number(),
  subjects: z.number().int(),
  file: z.string(),
  sha256: z.string(),
  loadedAt: z.iso.datetime(),
  problems: z.array(z.object({ line: z.number().int(), column: z.number().int(), message: z.string() })),
});

/** A request that a limit refused, from its row in the audit log. */
export const limitViolationDto = z.object({
  id: z.uuid(),
  at: z.string(),
  limit: z.string().nullable(),
  actor: z.string().nullable(),
  keyId: z.uuid().nullable(),
  ip: z.string().nullable(),
  method: z.string().nullable(),
  host: z.string().nullable(),
  path: z.string().nullable(),
});
export type LimitViolationDto = z.infer<typeof limitViolationDto>;

/** Counts of the last hour; `searchedTo` is set where the log holds more than was looked at: only newer rows count. */
export const rateLimitsDto = z.object({
  asOf: z.iso.datetime(),
  state: limiterStateDto,
  /** `refusedHref` and `shadowedHref` list the requests behind the numbers. */
  rules: z.array(
    limitRuleDto.extend({
      refused: z.number().int(),
      refusedHref: z.string(),
      shadowed: z.number().int(),
      shadowedHref: z.string(),
    }),
  ),
  searchedTo: z.string().nullable(),
  refused: z.number().int(),
  refusedHref: z.string(),
  shadowed: z.number().int(),
  violations: z.array(limitViolationDto),
  topSubjects: z.array(
    z.object({
      label: z.string(),
      href: z.string(),
      limit: z.string().nullable(),
      refused: z.number().int(),
      lastAt: z.string(),
    }),
  ),
});
export type RateLimitsDto = z.infer<typeof rateLimitsDto>;
