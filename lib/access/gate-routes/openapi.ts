import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import { explainRouteDto, explainRouteInput, gateRoutesDto } from './contract';

const tag = { name: 'Gate routes', description: 'Routes defined in security/gate.yaml.' };

export const gateRoutesApi: ApiRoom = {
  tag,
  schemas: { GateRoutes: gateRoutesDto, ExplainedRoute: explainRouteDto },
  paths: describeRoutes(tag.name, {
    'GET /policies/gate-routes': {
      id: 'getGateRoutes',
      summary: 'Get the routes of the gate',
      permission: 'policies:read',
      answer: gateRoutesDto,
    },
    'POST /policies/gate-routes/explain': {
      id: 'explainGateRoute',
      summary: 'Test which route matches a request',
      permission: 'policies:read',
      input: explainRouteInput,
      answer: explainRouteDto,
    },
  }),
};
