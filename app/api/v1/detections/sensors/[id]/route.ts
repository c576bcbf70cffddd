import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { updateSensorInput } from '@/lib/response/detections/sensor-contract';
import { getSensor } from '@/lib/response/detections/sensors/queries';
import { updateSensor } from '@/lib/response/detections/sensors/update-sensor';

export const GET = apiRoute({
  permission: 'detections:read',
  run: (actor, _, { params }) => getSensor(actor, params.id ?? ''),
});

export const PATCH = apiRoute({
  permission: 'detections:write',
  input: updateSensorInput,
  run: (actor, input, { params }) => updateSensor(actor, params.id ?? '', input),
});
