import { z } from 'zod';
import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import { verifyDto, verifyInput } from './contract';

const tag = {
  name: 'Gate',
  description:
    'The data plane, served from its own origin. The gate responds only after the audit event is committed, and denies any credential revoked before the request started.',
};

const keptDto = z.object({ deliveryId: z.uuid(), kept: z.enum(['database', 'disk']) });
const strict = z.strictObject({
  strict: z
    .literal('1')
    .optional()
    .describe('Read the body first, and answer 400 with the reason where something in it cannot be read.'),
});
const events = {
  input: strict,
  answer: keptDto,
  bodyTypes: ['application/json', 'application/x-ndjson', 'text/plain'],
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
    'POST /v1/events/falco': {
      id: 'sendFalcoEvents',
      summary: 'Send events of Falco or falcosidekick',
      description:
        'One event, a list, or one per line; also compressed with gzip. At most 1 MiB and 1,000 events. 200 means that the body is stored; it is read afterwards.',
      permission: 'events:write',
      ...events,
    },
    'POST /v1/events/falco/{token}': {
      id: 'sendFalcoEventsByUrl',
      summary: 'Send events of a Falco that cannot send a header',
      description:
        'Only from the allowed networks of the event source, with its client certificate, or both.',
      permission: 'url',
      ...events,
    },
    'POST /v1/events/alertmanager': {
      id: 'sendAlertmanagerMessage',
      summary: 'Send a message of Alertmanager',
      permission: 'events:write',
      ...events,
    },
  },
  '',
);

/** @param gateUrl the origin at which services reach the gate */
export function gateApi(gateUrl: string): ApiRoom {
  const servers = [{ url: gateUrl, description: 'The gate' }];
  const located = Object.entries(paths).map(([path, item]) => [path, { ...item, servers }]);
  return {
    tag,
    schemas: { Verification: verifyDto, KeptDelivery: keptDto },
    paths: Object.fromEntries(located),
  };
}
