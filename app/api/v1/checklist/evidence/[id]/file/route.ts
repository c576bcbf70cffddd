import { apiRoute } from '@/lib/auth/api-route';
import { getEvidenceFile } from '@/lib/checklist/queries';

export const GET = apiRoute({
  permission: 'checklist:read',
  run: (actor, _input, { params }) => getEvidenceFile(actor, params.id ?? ''),
});
