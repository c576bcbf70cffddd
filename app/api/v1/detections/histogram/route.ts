import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { detectionHistogram } from '@/lib/response/detections/read/histogram';
import { detectionFilterInput } from '@/lib/response/detections/view-contract';

export const GET = apiRoute({
  permission: 'detections:read',
  input: detectionFilterInput,
  run: detectionHistogram,
});
