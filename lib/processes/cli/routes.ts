import type { RouteOutcome } from '@/lib/access/gate-routes/contract';
import { CREDENTIAL_KINDS } from '@/lib/access/gate-routes/contract';
import { explainRequest } from '@/lib/access/gate-routes/explain';
import { type GateRoute, parseGatePolicy, type RouteTable } from '@/lib/access/gate-routes/route-table';
import { FileError, readTextFile } from '@/lib/platform/core/yaml-file';
import { type Command, type CommandResult, type OptionValues, textOf, UsageError } from './command';

const REFUSED: Record<Exclude<RouteOutcome, 'route'>, string> = {
  no_route: 'No route matches: the gate answers 403 ROUTE_DENIED.',
  ambiguous_path: 'Servers may interpret this path differently: the gate answers 403 AMBIGUOUS_PATH.',
  ambiguous_host: 'This is not a host: the gate answers 403 AMBIGUOUS_REQUEST.',
  ambiguous_case: 'In lower case this path matches another route: the gate answers 403 AMBIGUOUS_PATH.',
};

function accessOf({ access, scopes, accept, tenantId }: GateRoute): string[] {
  if (access === 'public') return ['  access   public: no credential required'];
  return [
    `  access   ${access === 'scopes' ? `a credential with ${scopes.join(', ')}` : 'any valid credential'}`,
    ...accept.map((kind) => `  accepts  ${CREDENTIAL_KINDS[kind]}`),
    `  tenant   ${tenantId ?? 'any'}`,
  ];
}

function linesOf(route: GateRoute): string[] {
  return [
    `Route ${route.name} (line ${route.line}) decides.`,
    ...accessOf(route),
    ...(route.redirect ? [`  browsers without a credential are sent to ${route.redirect}`] : []),
    ...(route.preflight === 'pass' ? ['  CORS preflights reach the service without a credential'] : []),
  ];
}

function explain(table: RouteTable, values: OptionValues): string[] {
  const host = textOf(values, 'host');
  const path = textOf(values, 'path');
  if (host === undefined && path === undefined) return [];
  if (host === undefined || path === undefined)
    throw new UsageError('Give both --host and --path, such as --host api.example.org --path /orders/17.');
  const found = explainRequest(table, textOf(values, 'method') ?? 'GET', host, path);
  if (found.route) return linesOf(found.route);
  return found.outcome === 'route' ? [] : [REFUSED[found.outcome]];
}

function check(file: string, values: OptionValues): CommandResult {
  try {
    const { table } = parseGatePolicy(readTextFile(file), file);
    const count = table.routes.length;
    const summary = `${file} is valid: ${count} route${count === 1 ? '' : 's'}, ${table.trustedProxies.length} trusted proxies.`;
    return { isOk: true, lines: [summary, ...explain(table, values)] };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return { isOk: false, lines: error.message.split('\n') };
  }
}

export const routesCheck: Command = {
  name: 'routes check',
  usage: '<file> [--method GET] [--host <host>] [--path </path>]',
  summary: 'Validate a gate route file, and optionally test which route decides on a request',
  record: 'if possible',
  options: { method: { type: 'string' }, host: { type: 'string' }, path: { type: 'string' } },
  async run({ values, positionals }) {
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0)
      throw new UsageError('Specify a file: bulwark routes check security/gate.yaml');
    return check(file, values);
  },
};
