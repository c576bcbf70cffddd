import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { groupHistogram } from '@/lib/response/detections/read/histogram';
import { groupFilterInput } from '@/lib/response/detections/view-contract';

export const GET = apiRoute({ permission: 'detections:read', input: groupFilterInput, run: groupHistogram });
