import { z } from 'zod';
import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import {
  fetchedSecretDto,
  keyRotationDto,
  rotationPolicyDto,
  rotationRules,
  selfRotationDto,
  setKeyRotationInput,
} from './rotation-contract';

const tag = {
  name: 'Automatic rotation',
  description:
    'When secrets rotate automatically, how new secrets are delivered, and the status of each rotation.',
};

export const rotationApi: ApiRoom = {
  tag,
  schemas: { RotationPolicy: rotationPolicyDto, KeyRotation: keyRotationDto, SelfRotation: selfRotationDto },
  paths: describeRoutes(tag.name, {
    'GET /policies/rotation': {
      id: 'getRotationPolicy',
      summary: 'Get the rotation policy',
      permission: 'policies:read',
      answer: rotationPolicyDto,
      isTagged: true,
    },
    'PATCH /policies/rotation': {
      id: 'setRotationPolicy',
      summary: 'Change the rotation policy',
      description: 'Replaces the whole policy. Rotations in progress keep the rules they started with.',
      permission: 'policies:write',
      input: rotationRules,
      answer: rotationPolicyDto,
      isTagged: true,
    },
    'GET /keys/{id}/rotation': {
      id: 'getKeyRotation',
      summary: 'Get a key’s rotation settings and version history',
      permission: 'keys:read',
      answer: keyRotationDto,
      isTagged: true,
    },
    'PATCH /keys/{id}/rotation': {
      id: 'setKeyRotation',
      summary: 'Change how a key rotates',
      permission: 'keys:write',
      input: setKeyRotationInput,
      answer: keyRotationDto,
      isTagged: true,
    },
    'POST /keys/{id}/rotation/start': {
      id: 'startRotation',
      summary: 'Start a rotation now, outside the schedule',
      description:
        'The new secret is created when it is fetched or delivered, depending on the key’s rotation policy.',
      permission: 'keys:write',
      answer: z.object({ id: z.uuid() }),
      status: 201,
    },
    'GET /keys/self/rotation': {
      id: 'getOwnRotation',
      summary: 'Check for a new secret for the calling key',
      permission: 'keys:self-rotate',
      answer: selfRotationDto,
      refusals: ['conflict'],
    },
    'POST /keys/self/rotation': {
      id: 'fetchOwnRotation',
      summary: 'Fetch the new secret of the calling key',
      description:
        'Authenticate with the current secret. If you lose the response, call again: a new secret replaces the unused one. The old secret works until the new one has been used and the grace period has ended.',
      permission: 'keys:self-rotate',
      answer: fetchedSecretDto,
    },
  }),
};
