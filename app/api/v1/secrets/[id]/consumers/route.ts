import { addConsumer } from '@/lib/access/secrets/consumers';
import { addConsumerInput } from '@/lib/access/secrets/contract';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: ['secrets:write', 'secrets:rotate'],
  input: addConsumerInput,
  status: 201,
  run: (actor, input, { params }) => addConsumer(actor, params.id ?? '', input),
});
