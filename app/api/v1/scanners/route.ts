import { listScanners } from '@/lib/assurance/scanners/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'scans:read', run: (actor) => listScanners(actor) });
