import { createView } from '@/lib/assurance/findings/create-view';
import { listViews } from '@/lib/assurance/findings/saved-views';
import { createViewInput } from '@/lib/assurance/findings/saved-views-contract';
import { apiRoute } from '@/lib/platform/auth/api-route';

export const GET = apiRoute({ permission: 'findings:read', run: (actor) => listViews(actor) });

export const POST = apiRoute({
  permission: 'findings:read',
  input: createViewInput,
  status: 201,
  run: (actor, input) => createView(actor, input),
});
