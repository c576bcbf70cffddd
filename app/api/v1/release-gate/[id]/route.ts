import { apiRoute } from '@/lib/auth/api-route';
import { getVerdict } from '@/lib/checklist/queries';

export const GET = apiRoute({
  permission: 'checklist:read',
  run: (actor, _input, { params }) => getVerdict(actor, params.id ?? ''),
});
