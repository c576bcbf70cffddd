import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import {
  addConsumerInput,
  listSecretsInput,
  reportSeenInput,
  scanKeyDto,
  secretBackendDto,
  secretBackendListDto,
  secretConsumerDto,
  secretDetailDto,
  secretDto,
  secretFacetsDto,
  secretFilterInput,
  secretListDto,
  secretScanDto,
  updateSecretInput,
  uploadSecretScanInput,
} from './contract';

const tag = {
  name: 'Secrets',
  description:
    'Where secrets are kept, how old they are and who reads them. Metadata only: no operation returns or takes the value of a secret in a backend.',
};
const WRITE = ['secrets:write', 'secrets:rotate'] as const;
const write = { permission: WRITE, answer: secretDetailDto } as const;

export const secretsApi: ApiRoom = {
  tag,
  schemas: {
    Secret: secretDto,
    SecretDetail: secretDetailDto,
    SecretList: secretListDto,
    SecretBackend: secretBackendDto,
    SecretBackendList: secretBackendListDto,
    SecretConsumer: secretConsumerDto,
  },
  paths: describeRoutes(tag.name, {
    'GET /secret-backends': {
      id: 'listSecretBackends',
      summary: 'List secret backends',
      description:
        'Servers that the settings of the worker name, scanned sources, repositories and Bulwark itself.',
      permission: 'secrets:read',
      answer: secretBackendListDto,
    },
    'POST /secret-backends/{id}/check': {
      id: 'checkSecretBackend',
      summary: 'Read a backend now',
      description: 'The worker lists it and proves again that it cannot read values.',
      permission: WRITE,
      answer: secretBackendDto,
      status: 202,
      refusals: ['unprocessable'],
    },
    'GET /secrets': {
      id: 'listSecrets',
      summary: 'List secrets',
      description:
        'Those that need attention first, then by due date. Deleted and missing ones only where `status` names them.',
      permission: 'secrets:read',
      input: listSecretsInput,
      answer: secretListDto,
    },
    'GET /secrets/facets': {
      id: 'countSecrets',
      summary: 'Count secrets by status, backend, exposure, kind and owner',
      permission: 'secrets:read',
      input: secretFilterInput,
      answer: secretFacetsDto,
    },
    'POST /secrets/scans/key': {
      id: 'getSecretScanKey',
      summary: 'Get the key for fingerprints',
      description:
        'The command line digests values with it on the machine where they lie, so that the same secret in several places is seen as one.',
      permission: WRITE,
      answer: scanKeyDto,
      refusals: ['unprocessable'],
    },
    'POST /secrets/scans': {
      id: 'uploadSecretScan',
      summary: 'Upload a scan of a source',
      description:
        'Names, places, length classes and fingerprints, as `bulwark secrets scan-compose`, `scan-k8s` and `scan-proc` send them; never a value. What the source held before and lacks now counts as gone.',
      permission: WRITE,
      input: uploadSecretScanInput,
      answer: secretScanDto,
    },
    'GET /secrets/{id}': {
      id: 'getSecret',
      summary: 'Get a secret',
      description: 'With its consumers and the other places in which the same value stands.',
      permission: 'secrets:read',
      answer: secretDetailDto,
      isTagged: true,
    },
    'PATCH /secrets/{id}': {
      id: 'updateSecret',
      summary: 'Change owner, tags, note, interval or known age',
      description:
        'A shorter interval brings the due date forward; a longer one applies from the next version.',
      ...write,
      input: updateSecretInput,
      isTagged: true,
      refusals: ['unprocessable'],
    },
    'POST /secrets/{id}/consumers': {
      id: 'addSecretConsumer',
      summary: 'Add a consumer',
      ...write,
      input: addConsumerInput,
      status: 201,
      refusals: ['unprocessable'],
    },
    'POST /secrets/{id}/consumers/{consumerId}/remove': {
      id: 'removeSecretConsumer',
      summary: 'Remove a consumer',
      ...write,
    },
    'POST /secrets/{id}/seen': {
      id: 'reportSecretSeen',
      summary: 'Report the version in use',
      description: 'A consumer says which version it uses; a rotation waits for all of them.',
      permission: ['secrets:consume', 'secrets:rotate'],
      input: reportSeenInput,
      answer: secretConsumerDto,
    },
  }),
};
