import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import {
  createSourceInput,
  revokeSourceInput,
  sourceDto,
  sourceListDto,
  sourceWithTokenDto,
  updateSourceInput,
} from './contract';

const tag = {
  name: 'Event sources',
  description:
    'Who may send events with a token in the URL: for Falco, which cannot send a header. A token works only from allowed networks, with a client certificate, or both.',
};
const permission = 'keys:write';

export const eventSourcesApi: ApiRoom = {
  tag,
  schemas: {
    EventSource: sourceDto,
    EventSourceList: sourceListDto,
    EventSourceWithToken: sourceWithTokenDto,
  },
  paths: describeRoutes(tag.name, {
    'GET /detections/sources': {
      id: 'listEventSources',
      summary: 'List event sources with their tokens',
      permission: 'detections:read',
      answer: sourceListDto,
    },
    'POST /detections/sources': {
      id: 'createEventSource',
      summary: 'Create an event source',
      description: 'The response holds the token and the URL, once.',
      permission,
      input: createSourceInput,
      answer: sourceWithTokenDto,
      status: 201,
      isRepeatable: true,
    },
    'PATCH /detections/sources/{id}': {
      id: 'updateEventSource',
      summary: 'Change an event source',
      permission,
      input: updateSourceInput,
      answer: sourceDto,
      isTagged: true,
      refusals: ['unprocessable'],
    },
    'POST /detections/sources/{id}/revoke': {
      id: 'revokeEventSource',
      summary: 'Revoke an event source with all its tokens',
      permission,
      input: revokeSourceInput,
      answer: sourceDto,
    },
    'POST /detections/sources/{id}/tokens': {
      id: 'addEventSourceToken',
      summary: 'Add a token to an event source',
      permission,
      answer: sourceWithTokenDto,
      status: 201,
      isRepeatable: true,
    },
    'POST /detections/sources/{id}/tokens/{tokenId}/revoke': {
      id: 'revokeEventSourceToken',
      summary: 'Revoke one token of an event source',
      permission,
      input: revokeSourceInput,
      answer: sourceDto,
    },
  }),
};
