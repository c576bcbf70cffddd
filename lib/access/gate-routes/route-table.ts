import { hostMatcher, type Matcher, pathMatcher } from '@/lib/platform/core/http/request-pattern';
import { parseYaml, type YamlFile } from '@/lib/platform/core/yaml-file';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import type { CredentialKind, GateRouteDto } from './contract';
import { type GatePolicyFile, type GatePolicyRoute, gatePolicySchema } from './policy-schema';

/** One route of the file, ready to be matched. */
export interface GateRoute extends GateRouteDto {
  /** In the file, from 0. */
  readonly index: number;
  /** The tenant that its refusals are recorded in and whose blocks apply to everybody. */
  readonly homeTenantId: string;
  readonly accepts: ReadonlySet<CredentialKind>;
  /** The route as it applies to a CORS preflight; null where it applies as to any other request. */
  readonly forPreflight: GateRoute | null;
}

interface CompiledRoute {
  route: GateRoute;
  methods: ReadonlySet<string> | null;
  paths: readonly Matcher[];
  /** The same patterns in small letters, for what a server without regard to case would see. */
  pathsInAnyCase: readonly Matcher[];
}

export type RouteMatch = { route: GateRoute } | { refusal: 'no_route' | 'ambiguous_case' };

const NO_ROUTE: RouteMatch = { refusal: 'no_route' };
const AMBIGUOUS_CASE: RouteMatch = { refusal: 'ambiguous_case' };
const HOSTS_REMEMBERED_MAX = 1_000;

function accessOf({ access }: GatePolicyRoute): Pick<GateRouteDto, 'access' | 'scopes'> {
  return typeof access === 'string' ? { access, scopes: [] } : { access: 'scopes', scopes: access.scopes };
}

function routeOf(file: YamlFile<GatePolicyFile>, given: GatePolicyRoute, index: number): GateRoute {
  const tenant = given.tenant ?? file.value.tenant;
  const route: GateRoute = {
    name: given.name,
    line: file.lineOf(['routes', index]),
    index,
    hosts: given.host,
    methods: given.methods ?? null,
    paths: given.path,
    ...accessOf(given),
    accept: given.accept,
    accepts: new Set(given.accept),
    redirect: given.redirect ?? null,
    preflight: given.preflight,
    forPreflight: null,
    tenantId: tenant === 'any' ? null : tenant,
    homeTenantId: tenant === 'any' ? DEFAULT_TENANT_ID : tenant,
  };
  if (given.preflight === 'deny') return route;
  return { ...route, forPreflight: { ...route, access: 'public', scopes: [], redirect: null } };
}

const isMatcher = (matcher: Matcher | null): matcher is Matcher => matcher !== null;

function compile(route: GateRoute): CompiledRoute {
  return {
    route,
    methods: route.methods ? new Set(route.methods) : null,
    paths: route.paths.map(pathMatcher).filter(isMatcher),
    pathsInAnyCase: route.paths.map((path) => pathMatcher(path.toLowerCase())).filter(isMatcher),
  };
}

/** The routes of a file. The first that fits decides; what fits none is refused. */
export class RouteTable {
  readonly trustedProxies: readonly string[];
  readonly routes: readonly GateRoute[];
  private readonly compiled: readonly { hosts: readonly Matcher[]; route: CompiledRoute }[];
  private readonly hasCapitals: boolean;
  private readonly byHost = new Map<string, readonly CompiledRoute[]>();

  constructor(file: YamlFile<GatePolicyFile>) {
    this.trustedProxies = file.value.trustedProxies;
    this.routes = file.value.routes.map((route, index) => routeOf(file, route, index));
    this.hasCapitals = this.routes.some(({ paths }) => paths.some((path) => path !== path.toLowerCase()));
    this.compiled = this.routes.map((route) => ({
      hosts: route.hosts.map(hostMatcher).filter(isMatcher),
      route: compile(route),
    }));
  }

  /**
   * @param host normalized @param path normalized
   * @returns `ambiguous_case` where a server without regard to case would see another route than this table does
   */
  match(host: string, method: string, path: string): RouteMatch {
    const candidates = this.candidates(host);
    const found = candidates.find(
      ({ methods, paths }) =>
        (methods === null || methods.has(method)) && paths.some((matches) => matches(path)),
    );
    const small = path.toLowerCase();
    if (found && (small !== path || this.hasCapitals)) {
      const inAnyCase = candidates.find(
        ({ methods, pathsInAnyCase }) =>
          (methods === null || methods.has(method)) && pathsInAnyCase.some((matches) => matches(small)),
      );
      if (inAnyCase !== found) return AMBIGUOUS_CASE;
    }
    return found ? { route: found.route } : NO_ROUTE;
  }

  /**
   * A preflight announces the method of the request that follows (Fetch Standard, section 4.8): a route of that method
   * with `preflight: pass` lets it through to the service, any other route is matched by OPTIONS itself.
   * @param announced `Access-Control-Request-Method`
   */
  matchPreflight(host: string, announced: string, path: string): RouteMatch {
    const match = this.match(host, announced, path);
    const route = 'route' in match ? match.route.forPreflight : null;
    return route ? { route } : this.match(host, 'OPTIONS', path);
  }

  private candidates(host: string): readonly CompiledRoute[] {
    const known = this.byHost.get(host);
    if (known) return known;
    const found = this.compiled
      .filter(({ hosts }) => hosts.some((matches) => matches(host)))
      .map(({ route }) => route);
    if (this.byHost.size >= HOSTS_REMEMBERED_MAX) this.byHost.clear();
    this.byHost.set(host, found);
    return found;
  }
}

/** What is in force. */
export interface GatePolicy {
  file: string;
  hash: string;
  table: RouteTable;
}

/** @throws FileError with the line of everything that is wrong */
export function parseGatePolicy(text: string, file: string): GatePolicy {
  const parsed = parseYaml(text, file, gatePolicySchema);
  return { file, hash: parsed.hash, table: new RouteTable(parsed) };
}
