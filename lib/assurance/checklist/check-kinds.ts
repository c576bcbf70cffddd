import { z } from 'zod';
import { DAY_MS, HOUR_MS, MINUTE_MS, parseDuration } from '@/lib/platform/core/clock';
import { fileObject } from '@/lib/platform/core/yaml-file';

const HOSTS_MAX = 100;
const PORTS_MAX = 200;
const RETENTION_DAYS_MAX = 400;

/** A time such as 15m, 24h or 90d, in milliseconds. */
export const durationOf = (leastMs: number, mostMs = RETENTION_DAYS_MAX * DAY_MS) =>
  z.string('must be a time such as 24h or 90d').transform((text, context) => {
    const durationMs = parseDuration(text);
    if (durationMs !== null && durationMs >= leastMs && durationMs <= mostMs) return durationMs;
    const message = `must be a time from ${leastMs / MINUTE_MS}m to ${mostMs / DAY_MS}d, such as 24h or 90d`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

const wholeNumber = (least: number, most: number) =>
  z
    .int(`must be a whole number from ${least} to ${most}`)
    .min(least, `must be at least ${least}`)
    .max(most, `must be at most ${most}`);

const portNumber = wholeNumber(1, 65_535);
const HOST = /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;
const host = z
  .string('must be a host such as api.example.org')
  .max(253, 'must be at most 253 characters')
  .refine(
    (text) => HOST.test(text) || z.ipv4().safeParse(text).success || z.ipv6().safeParse(text).success,
    'must be a host in lower case such as api.example.org, or an address such as 192.0.2.1 or 2001:db8::1',
  );

const hostAndPort = z
  .string('must be a host such as api.example.org or api.example.org:8443')
  .max(260, 'must be at most 260 characters')
  .transform((text, context) => {
    const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
    const name = match?.[1] ?? match?.[2] ?? '';
    const port = match?.[3] === undefined ? 443 : Number(match[3]);
    if (host.safeParse(name).success && port >= 1 && port <= 65_535) return { host: name, port };
    context.addIssue({
      code: 'custom',
      message:
        'must be a host in lower case such as api.example.org, api.example.org:8443 or [2001:db8::1]:443',
    });
    return z.NEVER;
  });

const httpUrl = z
  .string('must be an http or https address')
  .max(2000, 'must be at most 2000 characters')
  .refine((text) => {
    if (!URL.canParse(text)) return false;
    const url = new URL(text);
    return /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  }, 'must be an http or https address without a user name, such as https://api.example.org/healthz');

const listOf = <S extends z.ZodType>(item: S, what: string, most = HOSTS_MAX) =>
  z.array(item, `must be a list of ${what}`).max(most, `must hold at most ${most}`);

/** A part of the file that may be left out; then all its fields are what they are when left out. */
const optionalPart = <S extends z.ZodType>(part: S) => part.prefault({} as z.input<S>);
const optionalObject = <S extends z.ZodRawShape>(shape: S) => optionalPart(fileObject(shape));

const nothing = optionalObject({});
const severity = z.enum(['critical', 'high', 'medium', 'low'], 'must be critical, high, medium or low');

export const QUERY_FIELDS = {
  keys: {
    name: 'text',
    environment: 'text',
    scopes: 'list',
    tags: 'list',
    age: 'duration',
    expires_in: 'duration',
    never_expires: 'boolean',
    has_owner: 'boolean',
    has_networks: 'boolean',
    has_limits: 'boolean',
  },
  members: { name: 'text', role: 'text', age: 'duration', is_disabled: 'boolean', last_sign_in: 'duration' },
  audit_events: {
    action: 'text',
    category: 'text',
    outcome: 'text',
    code: 'text',
    actor: 'text',
    age: 'duration',
  },
} as const satisfies Record<string, Record<string, 'text' | 'list' | 'duration' | 'boolean'>>;
export type QuerySource = keyof typeof QUERY_FIELDS;
export const QUERY_SOURCES = Object.keys(QUERY_FIELDS) as [QuerySource, ...QuerySource[]];
export const QUERY_OPERATORS = ['is', 'is_not', 'more_than', 'less_than', 'contains'] as const;
export type QueryOperator = (typeof QUERY_OPERATORS)[number];
export type QueryFieldType = 'text' | 'list' | 'duration' | 'boolean';

export const OPERATORS_OF: Record<QueryFieldType, readonly QueryOperator[]> = {
  text: ['is', 'is_not', 'contains'],
  list: ['contains'],
  duration: ['more_than', 'less_than'],
  boolean: ['is'],
};

/** The type of a field of a source; undefined where the source has no such field. */
export function fieldTypeOf(source: QuerySource, field: string): QueryFieldType | undefined {
  const fields: Record<string, QueryFieldType> = QUERY_FIELDS[source];
  return Object.hasOwn(fields, field) ? fields[field] : undefined;
}

const condition = fileObject({
  field: z.string('must be the name of a field'),
  op: z.enum(QUERY_OPERATORS, `must be one of ${QUERY_OPERATORS.join(', ')}`),
  value: z.union([z.string().max(200), z.boolean()], 'must be a text, a time such as 90d, true or false'),
});
export type QueryCondition = z.output<typeof condition>;

function problemOfCondition(source: QuerySource, { field, op, value }: QueryCondition) {
  const type = fieldTypeOf(source, field);
  if (type === undefined)
    return { at: 'field', message: `must be one of ${Object.keys(QUERY_FIELDS[source]).join(', ')}` };
  if (!OPERATORS_OF[type].includes(op))
    return { at: 'op', message: `must be ${OPERATORS_OF[type].join(' or ')} for ${field}` };
  if (type === 'boolean' && typeof value !== 'boolean')
    return { at: 'value', message: 'must be true or false' };
  if (type !== 'boolean' && typeof value === 'boolean') return { at: 'value', message: 'must be a text' };
  if (type === 'duration' && parseDuration(String(value)) === null)
    return { at: 'value', message: 'must be a time such as 90d' };
  return null;
}

const querySettings = fileObject({
  from: z.enum(QUERY_SOURCES, `must be one of ${QUERY_SOURCES.join(', ')}`),
  where: listOf(condition, 'conditions', 10).default([]),
  expect: fileObject({
    atMost: wholeNumber(0, 1_000_000).optional(),
    atLeast: wholeNumber(0, 1_000_000).optional(),
  }),
}).superRefine(({ from, where, expect }, context) => {
  for (const [index, one] of where.entries()) {
    const problem = problemOfCondition(from, one);
    if (problem)
      context.addIssue({ code: 'custom', path: ['where', index, problem.at], message: problem.message });
  }
  if (expect.atMost === undefined && expect.atLeast === undefined)
    context.addIssue({ code: 'custom', path: ['expect'], message: 'must hold atMost, atLeast or both' });
});

const firewallHost = fileObject({
  host,
  open: listOf(portNumber, 'port numbers', PORTS_MAX).describe(
    'The ports that must answer; every other probed port must not.',
  ),
});

/** What is asked of every secret of the inventory: where it stands, whether it is rotated in time, whether somebody owns it. */
export const INVENTORY_RULES = ['exposure', 'rotation', 'owned'] as const;
export type InventoryRule = (typeof INVENTORY_RULES)[number];

/**
 * What each kind of check takes: `scope` says what it must cover, `parameters` when it is content. `impl` is raised when a
 * kind begins to look at other things, so that earlier runs no longer count.
 */
export const CHECK_KINDS = {
  secrets: {
    impl: 2,
    mode: 'automated',
    scope: optionalObject({
      settings: z.boolean('must be true or false').default(true),
      files: listOf(z.string().min(1).max(500), 'paths of environment files').default([]),
    }),
    parameters: nothing,
  },
  scans: {
    impl: 1,
    mode: 'automated',
    scope: optionalObject({ assets: listOf(z.string().min(1).max(300), 'names of assets').default([]) }),
    parameters: optionalObject({ maxAge: durationOf(MINUTE_MS).default(7 * DAY_MS) }),
  },
  findings: {
    impl: 1,
    mode: 'automated',
    scope: optionalObject({ assets: listOf(z.string().min(1).max(300), 'names of assets').default([]) }),
    parameters: optionalObject({
      severities: listOf(severity, 'severities', 4)
        .min(1, 'must hold a severity')
        .default(['critical', 'high']),
    }),
  },
  rate_limit: {
    impl: 1,
    mode: 'automated',
    scope: optionalObject({ gates: listOf(httpUrl, 'addresses of gates').default([]) }),
    parameters: optionalObject({
      probe: fileObject({
        url: httpUrl,
        method: z.enum(['GET', 'POST'], 'must be GET or POST').default('GET'),
        requests: wholeNumber(2, 500).default(10),
      }).optional(),
    }),
  },
  tls: {
    impl: 1,
    mode: 'automated',
    scope: optionalObject({ hosts: listOf(hostAndPort, 'hosts').default([]) }),
    parameters: optionalPart(
      fileObject({
        failWithin: durationOf(0).default(7 * DAY_MS),
        warnWithin: durationOf(0).default(21 * DAY_MS),
        caFile: z.string().min(1).max(500).optional(),
      }).refine((given) => given.warnWithin >= given.failWithin, {
        path: ['warnWithin'],
        error: 'must not be shorter than failWithin',
      }),
    ),
  },
  firewall: {
    impl: 1,
    mode: 'automated',
    scope: optionalObject({ hosts: listOf(firewallHost, 'hosts with their open ports').default([]) }),
    parameters: optionalObject({
      alsoProbe: listOf(portNumber, 'port numbers', PORTS_MAX).default([]),
      timeout: durationOf(0, MINUTE_MS).default(2_000),
    }),
  },
  key_rotation: {
    impl: 1,
    mode: 'automated',
    scope: optionalObject({
      environments: listOf(z.enum(['live', 'test'], 'must be live or test'), 'environments', 2)
        .min(1, 'must name live or test')
        .default(['live']),
    }),
    parameters: optionalObject({
      maxAge: durationOf(DAY_MS).default(90 * DAY_MS),
      warnWithin: durationOf(0).default(7 * DAY_MS),
      /** How much later than its policy says: a rotation waits for its window. */
      slack: durationOf(0).default(4 * DAY_MS),
    }),
  },
  inventory: {
    impl: 1,
    mode: 'automated',
    scope: nothing,
    parameters: fileObject({
      rule: z.enum(INVENTORY_RULES, `must be one of ${INVENTORY_RULES.join(', ')}`),
      warnWithin: durationOf(0).default(7 * DAY_MS),
    }),
  },
  audit_log: {
    impl: 1,
    mode: 'automated',
    scope: nothing,
    parameters: optionalObject({
      maxAge: durationOf(HOUR_MS).default(DAY_MS + 6 * HOUR_MS),
      /** Without a witness it passes with a warning. */
      witness: z.boolean('must be true or false').default(true),
    }),
  },
  http: {
    impl: 1,
    mode: 'automated',
    scope: fileObject({ urls: listOf(httpUrl, 'addresses').min(1, 'must hold an address') }),
    parameters: optionalObject({
      method: z.enum(['GET', 'HEAD', 'POST'], 'must be GET, HEAD or POST').default('GET'),
      status: listOf(wholeNumber(100, 599), 'statuses', 20).min(1, 'must hold a status').default([200]),
      header: fileObject({
        name: z.string().regex(/^[A-Za-z0-9-]{1,80}$/, 'must be the name of a header'),
        contains: z.string().min(1).max(500),
      }).optional(),
      contains: z.string().min(1).max(500).optional(),
      lacks: z.string().min(1).max(500).optional(),
      timeout: durationOf(0, MINUTE_MS).default(10_000),
    }),
  },
  query: { impl: 1, mode: 'automated', scope: nothing, parameters: querySettings },
  import: {
    impl: 1,
    mode: 'import',
    scope: optionalObject({ resources: listOf(z.string().min(1).max(300), 'names', 1000).default([]) }),
    parameters: nothing,
  },
  attestation: {
    impl: 1,
    mode: 'attestation',
    scope: nothing,
    parameters: fileObject({
      asks: z
        .string('must say what the person confirms')
        .min(10, 'must say what the person confirms, in 10 characters or more')
        .max(500),
    }),
  },
} as const;

export type CheckKind = keyof typeof CHECK_KINDS;
export const CHECK_KIND_NAMES = Object.keys(CHECK_KINDS) as [CheckKind, ...CheckKind[]];
export type ScopeOf<K extends CheckKind> = z.output<(typeof CHECK_KINDS)[K]['scope']>;
export type ParametersOf<K extends CheckKind> = z.output<(typeof CHECK_KINDS)[K]['parameters']>;
export type CheckMode = (typeof CHECK_KINDS)[CheckKind]['mode'];
