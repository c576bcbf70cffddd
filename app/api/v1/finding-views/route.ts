import { createViewInput } from '@/lib/assurance/findings/saved-views-contract';
import { createView } from '@/lib/assurance/findings/views/create-view';
import { listViews } from '@/lib/assurance/findings/views/saved-views';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'findings:read', run: (actor) => listViews(actor) });

export const POST = apiRoute({
  permission: 'findings:read',
  input: createViewInput,
  status: 201,
  run: (actor, input) => createView(actor, input),
});
