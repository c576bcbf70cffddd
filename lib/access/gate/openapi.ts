import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import { verifyDto, verifyInput } from './contract';

const tag = {
  name: 'Gate',
  description:
    'The data plane, served from its own origin. The gate responds only after the audit event is committed, and denies any credential revoked before the request started.',
};

const paths = describeRoutes(
  tag.name,
  {
    'POST /v1/verify': {
      id: 'verifyKey',
      summary: 'Verify an API key',
      description:
        'Always 200 for a question that could be decided: `valid` and `code` say how. Your own key needs the scope; the key in question may be any of the same tenant.',
      permission: 'gate:verify',
      input: verifyInput,
      answer: verifyDto,
    },
  },
  '',
);

/** @param gateUrl the origin at which services reach the gate */
export function gateApi(gateUrl: string): ApiRoom {
  const servers = [{ url: gateUrl, description: 'The gate' }];
  const located = Object.entries(paths).map(([path, item]) => [path, { ...item, servers }]);
  return { tag, schemas: { Verification: verifyDto }, paths: Object.fromEntries(located) };
}
