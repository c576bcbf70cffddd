import { type ApiRoom, describeRoutes } from '@/lib/core/openapi';
import { verifyDto, verifyInput } from './contract';

const tag = {
  name: 'Gate',
  description:
    'The data plane, on an origin of its own. It answers after the record of the answer is committed, and refuses what was revoked before the request began.',
};

const paths = describeRoutes(
  tag.name,
  {
    'POST /v1/verify': {
      id: 'verifyKey',
      summary: 'Verify the key of a request that your service received',
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
