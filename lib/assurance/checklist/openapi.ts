import { z } from 'zod';
import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import {
  attestInput,
  checkHistoryInput,
  checklistDto,
  checkRunDto,
  checkRunListDto,
  evidenceDto,
  exceptionDto,
  importResultInput,
  listRunsInput,
  overrideVerdictInput,
  releaseGateInput,
  requestExceptionInput,
  runDetailDto,
  runListDto,
  settleExceptionInput,
  startRunInput,
  verdictDto,
  verdictListDto,
} from './contract';

const tag = {
  name: 'Checklist',
  description:
    'Security objectives, evaluated from recorded check runs, and the release gate that depends on them.',
};
const read = { permission: 'checklist:read' } as const;
const run = { permission: 'checklist:run' } as const;
const write = { permission: 'checklist:write' } as const;

export const checklistApi: ApiRoom = {
  tag,
  schemas: {
    Checklist: checklistDto,
    ChecklistRun: runDetailDto,
    CheckRun: checkRunDto,
    Evidence: evidenceDto,
    CheckException: exceptionDto,
    ReleaseVerdict: verdictDto,
  },
  paths: describeRoutes(tag.name, {
    'GET /checklist': {
      id: 'getChecklist',
      summary: 'Get the checklist as it is now',
      ...read,
      answer: checklistDto,
    },
    'GET /checklist/runs': {
      id: 'listChecklistRuns',
      summary: 'List runs',
      ...read,
      input: listRunsInput,
      answer: runListDto,
    },
    'POST /checklist/runs': {
      id: 'startChecklistRun',
      summary: 'Start a run',
      description:
        'Of every automated check, or of the named ones. The worker does it; poll the run for its progress.',
      ...run,
      input: startRunInput,
      answer: runDetailDto,
      status: 201,
      isRepeatable: true,
      refusals: ['unprocessable'],
    },
    'GET /checklist/runs/{id}': {
      id: 'getChecklistRun',
      summary: 'Get a run with the progress of its checks',
      ...read,
      answer: runDetailDto,
    },
    'GET /checklist/history': {
      id: 'listCheckHistory',
      summary: 'List the runs of one check',
      ...read,
      input: checkHistoryInput,
      answer: checkRunListDto,
    },
    'GET /checklist/evidence/{id}': {
      id: 'getEvidence',
      summary: 'Get the evidence of a run',
      ...read,
      answer: evidenceDto,
    },
    'GET /checklist/evidence/{id}/file': {
      id: 'getEvidenceFile',
      summary: 'Download the file that came with an evidence',
      ...read,
      answer: z.string(),
      mediaTypes: ['application/octet-stream'],
    },
    'POST /checklist/attestations': {
      id: 'attest',
      summary: 'Submit an attestation',
      description:
        'Only a signed-in person can. It counts from when it was done, for one cadence of the check.',
      ...run,
      input: attestInput,
      answer: checkRunDto,
      status: 201,
      refusals: ['unprocessable'],
    },
    'POST /checklist/results': {
      id: 'importCheckResult',
      summary: 'Send the result of another tool',
      description: 'For checks of the kind import.',
      ...run,
      input: importResultInput,
      answer: checkRunDto,
      status: 201,
      refusals: ['unprocessable'],
    },
    'POST /checklist/exceptions': {
      id: 'requestException',
      summary: 'Request an exception',
      ...run,
      input: requestExceptionInput,
      answer: exceptionDto,
      status: 201,
      refusals: ['unprocessable'],
    },
    'POST /checklist/exceptions/{id}/approve': {
      id: 'approveException',
      summary: 'Approve an exception requested by someone else',
      ...write,
      input: settleExceptionInput,
      answer: exceptionDto,
    },
    'POST /checklist/exceptions/{id}/revoke': {
      id: 'revokeException',
      summary: 'End an exception or cancel a request',
      ...run,
      input: settleExceptionInput,
      answer: exceptionDto,
    },
    'GET /release-gate': {
      id: 'listVerdicts',
      summary: 'List verdicts',
      ...read,
      input: listRunsInput,
      answer: verdictListDto,
    },
    'POST /release-gate': {
      id: 'decideRelease',
      summary: 'Check a release',
      description:
        'By the objectives before deployment as they are now; with `imageDigest` also by the scans of that image. The status is 201 for both verdicts.',
      ...run,
      input: releaseGateInput,
      answer: verdictDto,
      status: 201,
      isRepeatable: true,
    },
    'GET /release-gate/{id}': { id: 'getVerdict', summary: 'Get a verdict', ...read, answer: verdictDto },
    'POST /release-gate/{id}/override': {
      id: 'overrideVerdict',
      summary: 'Override a failed verdict',
      description:
        'The original verdict is kept. The override, its author and its reason are shown permanently.',
      ...write,
      input: overrideVerdictInput,
      answer: verdictDto,
    },
  }),
};
