import { Badge } from '@/components/ui/badge';
import { StackedRow, StackedTable } from '@/components/ui/stacked-table';
import { Status } from '@/components/ui/status';
import { TableCell } from '@/components/ui/table';
import { CREDENTIAL_KINDS, type GateRouteDto } from '@/lib/access/gate-routes/contract';

export function RouteAccess({ route }: { route: GateRouteDto }) {
  if (route.access === 'public') return <Status tone="warning">Public</Status>;
  if (route.access === 'authenticated') return <Status tone="success">Authenticated</Status>;
  return (
    <span className="flex flex-wrap gap-1">
      {route.scopes.map((scope) => (
        <Badge key={scope} mono>
          {scope}
        </Badge>
      ))}
    </span>
  );
}

/** What a route accepts, in words; nothing is looked at on a public one. */
export function RouteAccepts({ route }: { route: GateRouteDto }) {
  if (route.access === 'public') return <span className="text-faint">No credential required</span>;
  return (
    <ul>
      {route.accept.map((kind) => (
        <li key={kind}>{CREDENTIAL_KINDS[kind]}</li>
      ))}
      {route.preflight === 'pass' ? <li className="text-muted">CORS preflights pass without one</li> : null}
      {route.redirect ? (
        <li className="break-all text-muted">
          Redirects browsers to <code className="font-mono text-sm">{route.redirect}</code>
        </li>
      ) : null}
    </ul>
  );
}

/** The routes in the order in which they are tried. */
export function RoutesTable({ routes }: { routes: readonly GateRouteDto[] }) {
  return (
    <StackedTable columns={['Route', 'Requests', 'Access', 'Accepts', { name: 'Line', numeric: true }]}>
      {routes.map((route) => (
        <StackedRow key={route.name}>
          <TableCell>
            <code className="font-mono text-sm">{route.name}</code>
          </TableCell>
          <TableCell>
            <code className="break-all font-mono text-sm">
              {route.methods?.join(' ') ?? 'any method'} {route.hosts.join(', ')}
              <br />
              {route.paths.join(', ')}
            </code>
          </TableCell>
          <TableCell>
            <RouteAccess route={route} />
          </TableCell>
          <TableCell>
            <RouteAccepts route={route} />
          </TableCell>
          <TableCell numeric>{route.line}</TableCell>
        </StackedRow>
      ))}
    </StackedTable>
  );
}
