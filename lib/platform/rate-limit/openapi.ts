import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import { explainedLimitsDto, explainLimitsInput, rateLimitsDto } from './contract';

const tag = {
  name: 'Rate limits',
  description: 'Limits defined in security/rate-limit.yaml, and the requests they denied.',
};

export const rateLimitApi: ApiRoom = {
  tag,
  schemas: { RateLimits: rateLimitsDto, ExplainedLimits: explainedLimitsDto },
  paths: describeRoutes(tag.name, {
    'GET /policies/rate-limits': {
      id: 'getRateLimits',
      summary: 'Get the active limits and the requests they denied in the last hour',
      permission: 'policies:read',
      answer: rateLimitsDto,
    },
    'POST /policies/rate-limits/explain': {
      id: 'explainRateLimits',
      summary: 'Test which limits apply to a request',
      permission: 'policies:read',
      input: explainLimitsInput,
      answer: explainedLimitsDto,
    },
  }),
};
