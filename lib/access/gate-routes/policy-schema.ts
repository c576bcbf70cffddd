import { z } from 'zod';
import { hostMatcher, pathMatcher } from '@/lib/platform/core/http/request-pattern';
import { fileObject } from '@/lib/platform/core/yaml-file';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { CREDENTIAL_KIND_NAMES, DEFAULT_ACCEPT, PREFLIGHTS } from './contract';

const ROUTES_MAX = 1_000;

/** One value or a list of them, always read as a list. */
function oneOrMany<T extends z.ZodType<string, string>>(item: T, message: string) {
  return z
    .union([item.transform((value) => [value]), z.array(item).min(1).max(100)], message)
    .describe('One value or a list.');
}

const network = z.union(
  [z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()],
  'Enter an IP address or CIDR range such as 10.0.0.0/8.',
);

const hostText = z
  .string()
  .max(255)
  .refine(
    (text) => hostMatcher(text) !== null,
    'Enter a host such as api.example.org, *.example.org or *, without a port.',
  );
const pathText = z
  .string()
  .max(1_000)
  .refine(
    (text) => pathMatcher(text) !== null,
    'Enter a path such as /orders, /orders/* (one segment) or /orders/** (everything below).',
  );
const methodText = z.string().regex(/^[A-Z][A-Z-]{0,31}$/, 'Enter methods in upper case, such as GET.');
const scopeText = z.string().regex(/^[a-z0-9][a-z0-9._:-]{0,99}$/, 'Enter a scope such as orders:read.');

const access = z.union(
  [
    z.literal('public').describe('Anyone. No credential is required. Blocks and rate limits still apply.'),
    z.literal('authenticated').describe('Any caller with a valid credential of an accepted kind.'),
    fileObject({ scopes: z.array(scopeText).min(1).max(50) }).describe('All of these scopes are required.'),
  ],
  'Enter public, authenticated, or scopes: [orders:read].',
);

const redirect = z
  .string()
  .max(1_000)
  .refine((text) => /^https?:\/\//.test(text) && URL.canParse(text) && !new URL(text).hash, {
    message: 'Enter a sign-in page URL, such as https://login.example.org/.',
  });

const tenantId = z.union([z.uuid(), z.literal('any')], 'Enter a tenant ID (see Settings, Tenants), or any.');

const route = fileObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'Name the route with a-z, 0-9, dot, dash and underscore.')
    .describe('Appears in the audit log and in metrics. Unique.'),
  host: oneOrMany(hostText, 'Enter a host such as api.example.org, *.example.org or *, without a port.')
    .default(['*'])
    .describe('Left out: any host.'),
  methods: z.array(methodText).min(1).max(30).optional().describe('Left out: any method.'),
  path: oneOrMany(
    pathText,
    'Enter a path such as /orders, /orders/* (one segment) or /orders/** (everything below).',
  ),
  access,
  accept: z
    .array(z.enum(CREDENTIAL_KIND_NAMES, `Allowed are ${CREDENTIAL_KIND_NAMES.join(', ')}.`))
    .min(1)
    .max(CREDENTIAL_KIND_NAMES.length)
    .default([...DEFAULT_ACCEPT])
    .describe('Which credentials the route accepts.'),
  redirect: redirect.optional().describe('Where a browser without a credential is sent instead of 401.'),
  preflight: z
    .enum(PREFLIGHTS, 'Enter deny or pass.')
    .default('deny')
    .describe('pass: CORS preflights for the methods of this route reach the service without a credential.'),
  tenant: tenantId
    .optional()
    .describe('Whose credentials the route accepts; left out: as at the top of the file.'),
});

/** security/gate.yaml. */
export const gatePolicySchema = fileObject({
  version: z.literal(1, 'The file must contain version: 1.'),
  trustedProxies: z
    .array(network)
    .max(200)
    .default([])
    .describe('Proxies that can call the gate, by the address they connect from.'),
  tenant: tenantId
    .default(DEFAULT_TENANT_ID)
    .describe('Whose credentials routes accept, unless they say otherwise. Left out: the first tenant.'),
  routes: z
    .array(route)
    .max(ROUTES_MAX)
    .default([])
    .describe('The first matching route decides. Requests that match no route are denied.'),
}).superRefine(({ routes }, context) => {
  const names = new Set<string>();
  routes.forEach(({ name }, index) => {
    if (names.has(name))
      context.addIssue({
        code: 'custom',
        path: ['routes', index, 'name'],
        message: 'Another route has this name.',
      });
    names.add(name);
  });
});
export type GatePolicyFile = z.output<typeof gatePolicySchema>;
export type GatePolicyRoute = GatePolicyFile['routes'][number];
