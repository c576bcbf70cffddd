import { type ApiRoom, describeRoutes } from '@/lib/core/openapi';
import { explainedLimitsDto, explainLimitsInput, rateLimitsDto } from './contract';

const tag = { name: 'Rate limits', description: 'What security/rate-limit.yaml says, and what it refused.' };

export const rateLimitApi: ApiRoom = {
  tag,
  schemas: { RateLimits: rateLimitsDto, ExplainedLimits: explainedLimitsDto },
  paths: describeRoutes(tag.name, {
    'GET /policies/rate-limits': {
      id: 'getRateLimits',
      summary: 'Get the limits in force and what they refused in the last hour',
      permission: 'policies:read',
      answer: rateLimitsDto,
    },
    'POST /policies/rate-limits/explain': {
      id: 'explainRateLimits',
      summary: 'Say which limits would apply to a request',
      permission: 'policies:read',
      input: explainLimitsInput,
      answer: explainedLimitsDto,
    },
  }),
};
