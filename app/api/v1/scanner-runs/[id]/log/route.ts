import { readLogInput } from '@/lib/assurance/scanners/contract';
import { readLog } from '@/lib/assurance/scanners/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({
  permission: 'scans:read',
  input: readLogInput,
  run: (actor, input, { params }) => readLog(actor, params.id ?? '', input),
});
