import { apiRoute } from '@/lib/auth/api-route';
import { getEvidence } from '@/lib/checklist/queries';

export const GET = apiRoute({
  permission: 'checklist:read',
  run: (actor, _input, { params }) => getEvidence(actor, params.id ?? ''),
});
