import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { listUnreadableInput } from '@/lib/response/detections/sensor-contract';
import { listUnreadable } from '@/lib/response/detections/sensors/queries';

export const GET = apiRoute({
  permission: 'detections:read',
  input: listUnreadableInput,
  run: listUnreadable,
});
