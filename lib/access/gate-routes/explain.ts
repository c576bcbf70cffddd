import { normalizeHost, normalizePath } from '@/lib/platform/core/http/request-path';
import type { RouteOutcome } from './contract';
import type { GateRoute, RouteTable } from './route-table';

export interface ExplainedRoute {
  outcome: RouteOutcome;
  /** As the gate compares them; null where servers read them in different ways. */
  host: string | null;
  path: string | null;
  route: GateRoute | null;
}

/** Which route would decide on a request. @param target path and query, as a proxy would hand them on */
export function explainRequest(
  table: RouteTable | undefined,
  method: string,
  givenHost: string,
  target: string,
): ExplainedRoute {
  const host = normalizeHost(givenHost);
  const path = normalizePath(target);
  if (host === null) return { outcome: 'ambiguous_host', host, path, route: null };
  if (path === null) return { outcome: 'ambiguous_path', host, path, route: null };
  const match = table?.match(host, method.toUpperCase(), path);
  if (match && 'route' in match) return { outcome: 'route', host, path, route: match.route };
  return { outcome: match?.refusal ?? 'no_route', host, path, route: null };
}
