import { deleteView } from '@/lib/assurance/findings/delete-view';
import { apiRoute } from '@/lib/platform/auth/api-route';

export const POST = apiRoute({
  permission: 'findings:read',
  run: (actor, _, { params }) => deleteView(actor, params.id ?? ''),
});
