import { z } from 'zod';
import { IPV6_PREFIX_BITS } from '@/lib/platform/core/address';
import { parseDuration, SECOND_MS } from '@/lib/platform/core/clock';
import { fileObject } from '@/lib/platform/core/yaml-file';
import { LIMIT_SUBJECTS, PLANES, STORE_FAILURES } from './contract';

const QUOTA_MAX = 1_000_000_000;
const COST_MAX = 1_000_000;
const WINDOWS_MAX = 200;
const WINDOW_SECONDS_MAX = 31 * 86_400;

const windowText = z
  .string()
  .refine((text) => {
    const durationMs = parseDuration(text);
    return durationMs !== null && durationMs >= SECOND_MS && durationMs <= WINDOW_SECONDS_MAX * SECOND_MS;
  }, 'must be a time from 1s to 31d, such as 10s, 1m, 1h or 1d')
  .describe('Length of the window: 10s, 1m, 1h, 1d; at most 31d.')
  .meta({ pattern: '^[0-9]{1,6}[smhd]$' });

const pathPattern = z
  .string()
  .max(500)
  .regex(
    /^(\/(\*|[^/*?#%\\\s]+))*(\/|\/\*\*)?$/,
    'must be a path such as /api/v1/keys, /users/*/orders or /api/** (* is one segment, ** at the end is the rest)',
  )
  .refine((text) => text !== '', 'must begin with /');

const hostPattern = z
  .string()
  .max(253)
  .regex(
    /^(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?$/,
    'must be a host in lower case such as api.example.com or *.example.com',
  );

const method = z.string().regex(/^[A-Z]{1,32}$/, 'must be a method in capitals such as GET');
const plane = z.enum(PLANES, 'must be console or gate');
const subject = z.enum(LIMIT_SUBJECTS, `must be one of ${LIMIT_SUBJECTS.join(', ')}`);

const limitWindow = fileObject({
  quota: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(QUOTA_MAX, `must be at most ${QUOTA_MAX}`)
    .describe('How many requests are allowed in any window of this length.'),
  window: windowText,
});

const limitRule = fileObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9_-]{0,59}$/, 'must be small letters, digits, - and _, at most 60 of them')
    .describe('Shown to callers in RateLimit-Policy and in the audit log. Counters belong to it.'),
  description: z.string().max(300, 'must be at most 300 characters').optional(),
  at: z
    .union([plane, z.array(plane).min(1, 'must name console or gate')], 'must be console or gate')
    .optional()
    .describe('console (pages, sign-in, management API) or gate; both when left out.'),
  match: fileObject({
    methods: z.array(method).min(1, 'must hold a method or be left out').optional(),
    hosts: z.array(hostPattern).min(1, 'must hold a host or be left out').optional(),
    paths: z.array(pathPattern).min(1, 'must hold a path or be left out').optional(),
  })
    .optional()
    .describe('Which requests. What is left out matches everything.'),
  per: z
    .union(
      [subject, z.array(subject).min(1, 'must name a subject')],
      `must be one of ${LIMIT_SUBJECTS.join(', ')}, or a list of them`,
    )
    .describe('Who is counted. Of several the first that the request has. IPv6 counts by /64.'),
  counts: z
    .enum(['requests', 'failed_keys'], 'must be requests or failed_keys')
    .default('requests')
    .describe(
      'failed_keys: keys that do not exist; an address beyond the quota waits before it may try another.',
    ),
  windows: z
    .array(limitWindow, 'must be a list of windows, each with quota and window')
    .min(1, 'must hold a window')
    .max(5, 'must hold at most 5 windows'),
  cost: z
    .int('must be a whole number')
    .min(1, 'must be at least 1')
    .max(COST_MAX, `must be at most ${COST_MAX}`)
    .default(1)
    .describe('How much of the quota one request uses.'),
  mode: z
    .enum(['enforce', 'shadow'], 'must be enforce or shadow')
    .default('enforce')
    .describe('shadow: allow every request, but log the ones that would have been denied.'),
  onStoreFailure: z
    .enum(STORE_FAILURES, 'must be local, open or closed')
    .default('local')
    .describe('When Redis is unavailable: local = a lower limit per process, open = no limit, closed = 503.'),
});
export type LimitRule = z.output<typeof limitRule>;

/** security/rate-limit.yaml. */
export const policyFile = fileObject({
  version: z.literal(1, 'must be 1'),
  ipv6Prefix: z
    .int()
    .min(32)
    .max(128)
    .default(IPV6_PREFIX_BITS)
    .describe(
      'How many bits of an IPv6 address count as one caller: 64, or 56 or 48 where subscribers hold as much.',
    ),
  fallbackShare: z
    .number('must be a number')
    .gt(0, 'must be more than 0')
    .max(1, 'must be at most 1')
    .default(0.5)
    .describe('Share of every quota that each process allows while Redis is unavailable.'),
  limits: z.array(limitRule, 'must be a list of limits').max(200, 'must hold at most 200 limits'),
}).superRefine(({ limits }, context) => {
  const windowsInAll = limits.reduce((sum, { windows }) => sum + windows.length, 0);
  if (windowsInAll > WINDOWS_MAX) {
    context.addIssue({
      code: 'custom',
      path: ['limits'],
      message: `must hold at most ${WINDOWS_MAX} windows in all`,
    });
  }
  const names = new Set<string>();
  for (const [index, limit] of limits.entries()) {
    const path = ['limits', index];
    if (names.has(limit.name))
      context.addIssue({
        code: 'custom',
        path: [...path, 'name'],
        message: 'is used twice; names are unique',
      });
    names.add(limit.name);
    const windows = new Set(limit.windows.map(({ window }) => parseDuration(window)));
    if (windows.size < limit.windows.length)
      context.addIssue({ code: 'custom', path: [...path, 'windows'], message: 'must differ in length' });
    const least = Math.min(...limit.windows.map(({ quota }) => quota));
    if (limit.cost > least)
      context.addIssue({
        code: 'custom',
        path: [...path, 'cost'],
        message: `must be at most ${least}, the smallest quota; nothing would ever pass`,
      });
    if (limit.counts === 'failed_keys' && limit.per !== 'ip')
      context.addIssue({ code: 'custom', path: [...path, 'per'], message: 'must be ip for failed_keys' });
  }
});
export type PolicyFile = z.output<typeof policyFile>;
