import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { exportGroups } from '@/lib/response/detections/export-detections';
import { exportGroupsInput } from '@/lib/response/detections/view-contract';

export const GET = apiRoute({ permission: 'detections:read', input: exportGroupsInput, run: exportGroups });
