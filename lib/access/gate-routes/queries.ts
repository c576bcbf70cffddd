import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { getEnv } from '@/lib/platform/core/env/env';
import { AppError } from '@/lib/platform/core/errors';
import { log } from '@/lib/platform/core/log';
import { FileError, type ReloadingFile } from '@/lib/platform/core/yaml-file';
import {
  type ExplainRouteDto,
  type ExplainRouteInput,
  explainRouteInput,
  type GateRouteDto,
  type GateRoutesDto,
} from './contract';
import { explainRequest } from './explain';
import { openGatePolicy } from './open-policy';
import type { GatePolicy, GateRoute } from './route-table';

const HASH_SHOWN = 12;

/** On the global object: Next loads this module once for each of its bundles, and one watcher is enough. */
const shared = globalThis as typeof globalThis & { bulwarkGateRoutes?: ReloadingFile<GatePolicy> };

/** The console only shows the routes: a file that it cannot use is told of, and stops nothing. */
function readPolicy(): { source: ReloadingFile<GatePolicy> | null; error: FileError | null } {
  try {
    shared.bulwarkGateRoutes ??= openGatePolicy(getEnv().gateRoutesFile, log());
    return { source: shared.bulwarkGateRoutes, error: shared.bulwarkGateRoutes.error };
  } catch (error) {
    if (error instanceof FileError) return { source: null, error };
    throw error;
  }
}

/** Begins to read the routes, so that a file that cannot be used is seen before anybody opens their page. */
export const watchGateRoutes = (): void => void readPolicy();

function routeDto(route: GateRoute): GateRouteDto {
  const { name, line, hosts, methods, paths, access, scopes, accept, redirect, preflight, tenantId } = route;
  return { name, line, hosts, methods, paths, access, scopes, accept, redirect, preflight, tenantId };
}

/** The routes of the file, as this process reads it. */
export async function getGateRoutes(actor: Actor): Promise<GateRoutesDto> {
  requirePermission(actor, 'policies:read');
  const { source, error } = readPolicy();
  const policy = source?.current;
  return {
    file: getEnv().gateRoutesFile,
    gateUrl: getEnv().gateUrl,
    hash: policy?.hash.slice(0, HASH_SHOWN) ?? null,
    loadedAt: source ? new Date(source.loadedAtMs).toISOString() : null,
    problems: error ? [...error.problems] : [],
    trustedProxies: [...(policy?.table.trustedProxies ?? []), ...getEnv().trustedProxies],
    routes: policy?.table.routes.map(routeDto) ?? [],
  };
}

/** Host and target of an address that may lack its scheme. */
function partsOf(url: string): { host: string; target: string } {
  const [, host = '', target = ''] = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/?#]*)(.*)$/is.exec(url) ?? [];
  if (host === '') {
    const message = 'Enter the host too, such as https://api.example.org/orders/17.';
    throw new AppError('bad_request', message, { fields: [{ path: 'url', message }] });
  }
  return { host, target: target.startsWith('/') ? target : `/${target}` };
}

/** Which route would decide on such a request, by the file as this process reads it. */
export async function explainRoute(actor: Actor, input: ExplainRouteInput): Promise<ExplainRouteDto> {
  requirePermission(actor, 'policies:read');
  const { method, url } = explainRouteInput.parse(input);
  const parts = partsOf(url);
  const found = explainRequest(readPolicy().source?.current.table, method, parts.host, parts.target);
  return { ...found, route: found.route && routeDto(found.route) };
}
