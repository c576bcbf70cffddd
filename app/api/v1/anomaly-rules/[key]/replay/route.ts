import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { replayRule } from '@/lib/response/anomalies/replay-rule';

export const POST = apiRoute({
  permission: 'policies:write',
  run: (actor, _, { params }) => replayRule(actor, params.key ?? ''),
});
