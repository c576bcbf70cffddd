import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { taggedJson } from '@/lib/platform/core/http/etag';
import { triageAnomalyInput } from '@/lib/response/anomalies/contract';
import { getAnomaly } from '@/lib/response/anomalies/queries';
import { triageAnomaly } from '@/lib/response/anomalies/triage-anomaly';

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
