import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { listGroups } from '@/lib/response/detections/read/list-groups';
import { listGroupsInput } from '@/lib/response/detections/view-contract';

export const GET = apiRoute({ permission: 'detections:read', input: listGroupsInput, run: listGroups });
