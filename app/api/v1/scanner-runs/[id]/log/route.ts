import { apiRoute } from '@/lib/auth/api-route';
import { readLogInput } from '@/lib/scanners/contract';
import { readLog } from '@/lib/scanners/queries';

export const GET = apiRoute({
  permission: 'scans:read',
  input: readLogInput,
  run: (actor, input, { params }) => readLog(actor, params.id ?? '', input),
});
