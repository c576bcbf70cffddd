import { apiRoute } from '@/lib/auth/api-route';
import { getRun } from '@/lib/checklist/queries';

export const GET = apiRoute({
  permission: 'checklist:read',
  run: (actor, _input, { params }) => getRun(actor, params.id ?? ''),
});
