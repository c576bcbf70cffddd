import { replayRule } from '@/lib/anomalies/replay-rule';
import { apiRoute } from '@/lib/auth/api-route';

export const POST = apiRoute({
  permission: 'policies:write',
  run: (actor, _, { params }) => replayRule(actor, params.key ?? ''),
});
