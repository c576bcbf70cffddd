import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { exportDetections } from '@/lib/response/detections/export-detections';
import { exportDetectionsInput } from '@/lib/response/detections/view-contract';

export const GET = apiRoute({
  permission: 'detections:read',
  input: exportDetectionsInput,
  run: exportDetections,
});
