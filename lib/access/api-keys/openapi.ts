import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import {
  changeGraceInput,
  createKeyInput,
  keyDto,
  keyListDto,
  keyVersionDto,
  keyWithSecretDto,
  listKeysInput,
  revokeKeyInput,
  rotateKeyInput,
  rotationActInput,
  undoRevokeInput,
  updateKeyInput,
} from './contract';

const tag = {
  name: 'API keys',
  description:
    'A key has a stable id and versions beneath it, each with its own secret: at most one pending, one current and one in grace.',
};

const write = { permission: 'keys:write', answer: keyDto } as const;

export const keysApi: ApiRoom = {
  tag,
  schemas: { Key: keyDto, KeyVersion: keyVersionDto, KeyWithSecret: keyWithSecretDto, KeyList: keyListDto },
  paths: describeRoutes(tag.name, {
    'GET /keys': {
      id: 'listKeys',
      summary: 'List keys',
      description:
        'Newest first. Each key includes its active versions, last use and usage over the last 36 hours.',
      permission: 'keys:read',
      input: listKeysInput,
      answer: keyListDto,
    },
    'POST /keys': {
      id: 'createKey',
      summary: 'Create a key',
      description:
        'The response contains the secret. It is shown only once. If you omit `expiresAt`, the key expires in 90 days; null means never. You cannot grant a scope you do not have.',
      permission: 'keys:write',
      input: createKeyInput,
      answer: keyWithSecretDto,
      status: 201,
      isRepeatable: true,
      refusals: ['unprocessable'],
    },
    'GET /keys/{id}': {
      id: 'getKey',
      summary: 'Get a key with all its versions',
      permission: 'keys:read',
      answer: keyDto,
      isTagged: true,
    },
    'PATCH /keys/{id}': {
      id: 'updateKey',
      summary: 'Change a key',
      ...write,
      input: updateKeyInput,
      isTagged: true,
      refusals: ['unprocessable'],
    },
    'POST /keys/{id}/rotate': {
      id: 'rotateKey',
      summary: 'Rotate a key',
      description:
        'The response contains the new secret. It is shown only once. The old secret works for `grace` longer, from the first use of the new one or from now. With `compromised`, the old secret stops working immediately and the new one becomes current.',
      permission: 'keys:write',
      input: rotateKeyInput,
      answer: keyWithSecretDto,
      status: 201,
      isRepeatable: true,
    },
    'POST /keys/{id}/start-grace': {
      id: 'startGrace',
      summary: 'Start the grace period without waiting for the first use',
      ...write,
      input: rotationActInput,
    },
    'POST /keys/{id}/grace': {
      id: 'changeGrace',
      summary: 'Extend or shorten the grace, counted from now',
      ...write,
      input: changeGraceInput,
    },
    'POST /keys/{id}/retire-old': {
      id: 'retireOld',
      summary: 'Revoke the old secret now',
      ...write,
      input: rotationActInput,
    },
    'POST /keys/{id}/cancel-rotation': {
      id: 'cancelRotation',
      summary: 'Cancel a rotation before the new secret is used',
      ...write,
      input: rotationActInput,
    },
    'POST /keys/{id}/revoke': {
      id: 'revokeKey',
      summary: 'Revoke a key, or one version of it',
      description: 'Every request that starts after this response is denied by every gate.',
      ...write,
      input: revokeKeyInput,
    },
    'POST /keys/{id}/undo-revoke': {
      id: 'undoRevoke',
      summary: 'Undo an accidental revocation',
      description: 'Within 60 minutes; never one for KEY_COMPROMISE.',
      ...write,
      input: undoRevokeInput,
    },
  }),
};
