import { z } from 'zod';
import { type ApiRoom, describeRoutes } from '@/lib/core/openapi';
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
  description: 'When secrets are replaced by themselves, how the new one travels, and what became of it.',
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
      description: 'Takes the whole policy. Rotations under way keep the rules with which they began.',
      permission: 'policies:write',
      input: rotationRules,
      answer: rotationPolicyDto,
      isTagged: true,
    },
    'GET /keys/{id}/rotation': {
      id: 'getKeyRotation',
      summary: 'Get how a key rotates, and every secret it had',
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
      summary: 'Begin a rotation now, outside of its schedule',
      description: 'The new secret is made when it is fetched or delivered, as the policy of the key says.',
      permission: 'keys:write',
      answer: z.object({ id: z.uuid() }),
      status: 201,
    },
    'GET /keys/self/rotation': {
      id: 'getOwnRotation',
      summary: 'Ask whether a new secret waits for the calling key',
      permission: 'keys:self-rotate',
      answer: selfRotationDto,
      refusals: ['conflict'],
    },
    'POST /keys/self/rotation': {
      id: 'fetchOwnRotation',
      summary: 'Fetch the new secret of the calling key',
      description:
        'Called with the current secret. A lost answer is asked for again: the unused secret is superseded. The old one lives on until the new one was used and its grace is over.',
      permission: 'keys:self-rotate',
      answer: fetchedSecretDto,
    },
  }),
};
