import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { detectionFacets } from '@/lib/response/detections/read/detection-facets';
import { detectionFilterInput } from '@/lib/response/detections/view-contract';

export const GET = apiRoute({
  permission: 'detections:read',
  input: detectionFilterInput,
  run: detectionFacets,
});
