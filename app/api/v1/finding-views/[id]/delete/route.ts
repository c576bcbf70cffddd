import { apiRoute } from '@/lib/auth/api-route';
import { deleteView } from '@/lib/findings/delete-view';

export const POST = apiRoute({
  permission: 'findings:read',
  run: (actor, _, { params }) => deleteView(actor, params.id ?? ''),
});
