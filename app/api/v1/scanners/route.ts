import { apiRoute } from '@/lib/auth/api-route';
import { listScanners } from '@/lib/scanners/queries';

export const GET = apiRoute({ permission: 'scans:read', run: (actor) => listScanners(actor) });
