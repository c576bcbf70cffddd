import { triageAnomalyInput } from '@/lib/anomalies/contract';
import { getAnomaly } from '@/lib/anomalies/queries';
import { triageAnomaly } from '@/lib/anomalies/triage-anomaly';
import { apiRoute } from '@/lib/auth/api-route';
import { taggedJson } from '@/lib/core/etag';

export const GET = apiRoute({
  permission: 'audit:read',
  run: async (actor, _, { params }) => taggedJson(await getAnomaly(actor, params.id ?? '')),
});

export const PATCH = apiRoute({
  permission: 'anomalies:write',
  input: triageAnomalyInput,
  run: async (actor, input, { params, ifMatch }) =>
    taggedJson(await triageAnomaly(actor, params.id ?? '', input, ifMatch)),
});
