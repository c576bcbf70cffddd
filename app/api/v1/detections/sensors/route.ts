import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { listSensors } from '@/lib/response/detections/sensors/queries';

export const GET = apiRoute({ permission: 'detections:read', run: (actor) => listSensors(actor) });
