import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { sendTestEvent, testEventInput } from '@/lib/response/detections/send-test-event';

export const POST = apiRoute({
  permission: 'detections:write',
  input: testEventInput,
  status: 202,
  run: (actor, input) => sendTestEvent(actor, input),
});
