import { deleteView } from '@/lib/assurance/findings/views/delete-view';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'findings:read',
  run: (actor, _, { params }) => deleteView(actor, params.id ?? ''),
});
