import { z } from 'zod';
import { fileProblemDto } from '@/lib/platform/core/watched-files-contract';

/** How a request may prove who it is; a route names those it accepts. */
export const CREDENTIAL_KINDS = {
  'key:x-api-key': 'A key as X-API-Key',
  'key:bearer': 'A key as Authorization: Bearer',
  'key:proxy-authorization': 'A key as Proxy-Authorization: Bearer',
  'supabase:bearer': 'A Supabase session as Authorization: Bearer',
  'supabase:cookie': 'A Supabase session as a cookie',
} as const;
export type CredentialKind = keyof typeof CREDENTIAL_KINDS;
export const CREDENTIAL_KIND_NAMES = Object.keys(CREDENTIAL_KINDS) as [CredentialKind, ...CredentialKind[]];

/** Without `accept`: Authorization is left to the service behind the route, which may have uses of its own for it. */
export const DEFAULT_ACCEPT: readonly CredentialKind[] = ['key:x-api-key', 'key:proxy-authorization'];

export const ROUTE_ACCESS = ['public', 'authenticated', 'scopes'] as const;

/** What the proxies call a request that no server reads in the same way. */
export const ROUTE_OUTCOMES = [
  'route',
  'no_route',
  'ambiguous_path',
  'ambiguous_host',
  'ambiguous_case',
] as const;
export type RouteOutcome = (typeof ROUTE_OUTCOMES)[number];

/** What becomes of a CORS preflight, which browsers send without any credential. */
export const PREFLIGHTS = ['deny', 'pass'] as const;

export const gateRouteDto = z.object({
  name: z.string(),
  /** The line of the file on which it begins. */
  line: z.number().int(),
  hosts: z.array(z.string()),
  /** Null: any. */
  methods: z.array(z.string()).nullable(),
  paths: z.array(z.string()),
  access: z.enum(ROUTE_ACCESS),
  /** All of them are required. */
  scopes: z.array(z.string()),
  accept: z.array(z.enum(CREDENTIAL_KIND_NAMES)),
  /** Where a browser without a credential is sent; null: it is answered 401. */
  redirect: z.string().nullable(),
  preflight: z.enum(PREFLIGHTS),
  /** Whose keys and sessions are accepted; null: those of any tenant. */
  tenantId: z.uuid().nullable(),
});
export type GateRouteDto = z.infer<typeof gateRouteDto>;

/** The routes that the file of this process holds; `problems` says why a newer version of it is not in force. */
export const gateRoutesDto = z.object({
  file: z.string(),
  /** The origin at which proxies reach the gate. */
  gateUrl: z.string(),
  /** Hex SHA-256 of the text, the first 12 characters; the gate's /readyz shows the same. */
  hash: z.string().nullable(),
  loadedAt: z.iso.datetime().nullable(),
  problems: z.array(fileProblemDto),
  trustedProxies: z.array(z.string()),
  routes: z.array(gateRouteDto),
});
export type GateRoutesDto = z.infer<typeof gateRoutesDto>;

/** A request as it came to the proxy: `url` with or without scheme and query. */
export const explainRouteInput = z.strictObject({
  method: z
    .string()
    .trim()
    .regex(/^[A-Za-z][A-Za-z-]{0,31}$/, 'Enter a method such as GET.')
    .default('GET'),
  url: z.string().trim().min(1, 'Enter a URL such as https://api.example.org/orders/17.').max(8_300),
});
export type ExplainRouteInput = z.input<typeof explainRouteInput>;

export const explainRouteDto = z.object({
  outcome: z.enum(ROUTE_OUTCOMES),
  host: z.string().nullable(),
  /** The path as it is matched; null where it was refused. */
  path: z.string().nullable(),
  route: gateRouteDto.nullable(),
});
export type ExplainRouteDto = z.infer<typeof explainRouteDto>;
