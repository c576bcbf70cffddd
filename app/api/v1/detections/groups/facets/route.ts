import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { groupFacets } from '@/lib/response/detections/read/group-facets';
import { groupFilterInput } from '@/lib/response/detections/view-contract';

export const GET = apiRoute({ permission: 'detections:read', input: groupFilterInput, run: groupFacets });
