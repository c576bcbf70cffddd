import { getScan } from '@/lib/assurance/findings/read/scan-queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({
  permission: 'scans:read',
  run: (actor, _input, { params }) => getScan(actor, params.id ?? ''),
});
