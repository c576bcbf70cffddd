import { z } from 'zod';
import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import { bundleInput } from './bundle/bundle-format';
import { integrityDto, leafDto, leafInput, logInput } from './contract';

const tag = {
  name: 'Sealed audit log',
  description:
    'One Merkle tree (RFC 6962) of the events of the tenant, in the formats of C2SP: checkpoints, tiles, proofs, policies.',
};
const read = { permission: 'audit:read' } as const;
const prove = { permission: 'audit:export', answer: z.string(), mediaTypes: ['text/plain'] } as const;

export const sealingApi: ApiRoom = {
  tag,
  schemas: { LogIntegrity: integrityDto, AuditLeaf: leafDto },
  paths: describeRoutes(tag.name, {
    'GET /audit-log': {
      id: 'getLogIntegrity',
      summary: 'Get the state of the sealed log, its last verification and what is wrong',
      ...read,
      answer: integrityDto,
    },
    'GET /audit-log/leaves/{id}': {
      id: 'getAuditLeaf',
      summary: 'Get the leaf of an event, compared with the event now',
      ...read,
      input: leafInput,
      answer: leafDto,
    },
    'GET /audit-log/checkpoint': {
      id: 'getLogCheckpoint',
      summary: 'Get the newest signed checkpoint (C2SP tlog-checkpoint)',
      input: logInput,
      ...prove,
    },
    'GET /audit-log/proofs/{id}': {
      id: 'getAuditProof',
      summary: 'Get the proof that an event is in the log (C2SP tlog-proof)',
      description: 'The line `extra` holds the leaf, the bytes that the proof is of.',
      input: leafInput,
      refusals: ['conflict'],
      ...prove,
    },
    'GET /audit-log/policy': {
      id: 'getLogPolicy',
      summary: 'Get the keys of the log and its witnesses (C2SP tlog-policy)',
      ...prove,
    },
    'POST /audit-log/bundles': {
      id: 'exportLogBundle',
      summary: 'Export events with everything that proves them, as one file',
      description:
        'NDJSON for `bulwark audit verify --bundle`. Without a filter it proves that the range is complete; with one, each event.',
      permission: 'audit:export',
      input: bundleInput,
      answer: z.string(),
      mediaTypes: ['application/x-ndjson'],
      refusals: ['unprocessable'],
    },
    'GET /audit-log/tile/{path}': {
      id: 'getLogTile',
      summary: 'Get a tile or an entry bundle (C2SP tlog-tiles)',
      description: 'For example `tile/0/x001/x234/067`, `tile/1/000.p/16` or `tile/entries/000`.',
      permission: 'audit:export',
      input: logInput,
      answer: z.string(),
      mediaTypes: ['application/octet-stream'],
      refusals: ['conflict'],
    },
  }),
};
