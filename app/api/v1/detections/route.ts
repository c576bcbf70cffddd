import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { listDetections } from '@/lib/response/detections/read/list-detections';
import { listDetectionsInput } from '@/lib/response/detections/view-contract';

export const GET = apiRoute({
  permission: 'detections:read',
  input: listDetectionsInput,
  run: listDetections,
});
