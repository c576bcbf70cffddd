import { type ApiRoom, describeRoutes } from '@/lib/core/openapi';
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
      description: 'Newest first, each with its live versions, its last use and the last 36 hours.',
      permission: 'keys:read',
      input: listKeysInput,
      answer: keyListDto,
    },
    'POST /keys': {
      id: 'createKey',
      summary: 'Create a key',
      description:
        'The answer holds the secret, once. `expiresAt` left out: 90 days; null: never. Nobody can give a scope that they lack.',
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
      summary: 'Give a key a new secret',
      description:
        'The answer holds the new secret, once. The old one is accepted for `grace` more, from the first use of the new one or from now. `compromised`: the old one is refused at once and the new one is current.',
      permission: 'keys:write',
      input: rotateKeyInput,
      answer: keyWithSecretDto,
      status: 201,
      isRepeatable: true,
    },
    'POST /keys/{id}/start-grace': {
      id: 'startGrace',
      summary: 'Start the grace clock without waiting for the first use',
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
      summary: 'Take back a secret that was not used yet',
      ...write,
      input: rotationActInput,
    },
    'POST /keys/{id}/revoke': {
      id: 'revokeKey',
      summary: 'Revoke a key, or one version of it',
      description: 'No request that begins after this is answered is accepted by any gate.',
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
