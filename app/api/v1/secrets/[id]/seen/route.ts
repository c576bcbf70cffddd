import { reportSeenInput } from '@/lib/access/secrets/contract';
import { reportSeen } from '@/lib/access/secrets/report-seen';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: ['secrets:consume', 'secrets:rotate'],
  input: reportSeenInput,
  run: (actor, input, { params }) => reportSeen(actor, params.id ?? '', input),
});
