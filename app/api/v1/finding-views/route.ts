import { apiRoute } from '@/lib/auth/api-route';
import { createView } from '@/lib/findings/create-view';
import { listViews } from '@/lib/findings/saved-views';
import { createViewInput } from '@/lib/findings/saved-views-contract';

export const GET = apiRoute({ permission: 'findings:read', run: (actor) => listViews(actor) });

export const POST = apiRoute({
  permission: 'findings:read',
  input: createViewInput,
  status: 201,
  run: (actor, input) => createView(actor, input),
});
