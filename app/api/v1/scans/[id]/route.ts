import { apiRoute } from '@/lib/auth/api-route';
import { getScan } from '@/lib/findings/scan-queries';

export const GET = apiRoute({
  permission: 'scans:read',
  run: (actor, _input, { params }) => getScan(actor, params.id ?? ''),
});
