import { z } from 'zod';
import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import { bulkDecideInput, bulkDecisionDto, bulkResultDto } from './bulk-contract';
import {
  decideAcceptanceInput,
  decideFindingInput,
  decideScanInput,
  findingDetailDto,
  findingDto,
  findingFilterInput,
  findingListDto,
  listFindingsInput,
  listScansInput,
  scanDiffInput,
  scanDto,
  scanListDto,
  uploadedScanDto,
  uploadScanInput,
} from './contract';
import { createViewInput, savedViewDto, savedViewListDto, updateViewInput } from './saved-views-contract';
import {
  assignFindingsInput,
  dueBoardDto,
  dueBoardInput,
  exportFindingsInput,
  findingFacetsDto,
  findingGroupsDto,
  findingGroupsInput,
  findingOwnersDto,
} from './views-contract';

const tag = {
  name: 'Scans and findings',
  description:
    'Reports of scanners become findings: each problem of an asset once, with where it was seen, what was decided and everything that happened to it. Findings missing from a complete scan that is not held are closed as fixed.',
};

export const findingsApi: ApiRoom = {
  tag,
  schemas: {
    Scan: scanDto,
    ScanList: scanListDto,
    UploadedScan: uploadedScanDto,
    Finding: findingDto,
    FindingDetail: findingDetailDto,
    FindingList: findingListDto,
    DueBoard: dueBoardDto,
    FindingFacets: findingFacetsDto,
    FindingGroups: findingGroupsDto,
    BulkResult: bulkResultDto,
    BulkDecision: bulkDecisionDto,
    SavedView: savedViewDto,
    SavedViewList: savedViewListDto,
  },
  paths: describeRoutes(tag.name, {
    'GET /scans': {
      id: 'listScans',
      summary: 'List scans',
      description: 'Newest first, with what each found, opened and fixed.',
      permission: 'scans:read',
      input: listScansInput,
      answer: scanListDto,
    },
    'POST /scans': {
      id: 'uploadScan',
      summary: 'Upload the report of a scanner',
      description:
        'The body is the report as the scanner wrote it, plain or gzip, up to 100 MB, in the format of one of the tools that `tool` lists. It is imported in the background; `GET /scans/{id}` shows how far it is.',
      permission: 'scans:write',
      input: uploadScanInput,
      bodyTypes: ['application/json', 'application/gzip', 'application/octet-stream'],
      answer: uploadedScanDto,
      status: 202,
      isRepeatable: true,
    },
    'GET /scans/{id}': {
      id: 'getScan',
      summary: 'Get a scan',
      description: 'Its progress while it runs, then its counts; why it failed or is held.',
      permission: 'scans:read',
      answer: scanDto,
    },
    'POST /scans/{id}/decision': {
      id: 'decideScan',
      summary: 'Confirm or reject a held scan',
      description:
        'Confirm: findings missing from the scan are closed as fixed, and later scans are compared with it. Reject: all findings stay open.',
      permission: 'findings:write',
      input: decideScanInput,
      answer: scanDto,
    },
    'GET /scans/{id}/diff': {
      id: 'scanDiff',
      summary: 'List what a scan changed',
      description:
        'The findings that the run opened, saw again, found changed or fixed against the last run of its stream, or would fix if it were confirmed (`held`); worst first, as they are now.',
      permission: 'findings:read',
      input: scanDiffInput,
      answer: findingListDto,
    },
    'GET /findings': {
      id: 'listFindings',
      summary: 'List findings',
      permission: 'findings:read',
      input: listFindingsInput,
      answer: findingListDto,
    },
    'GET /findings/facets': {
      id: 'findingFacets',
      summary: 'Count findings by facet',
      description:
        'The commonest values of each facet under the filter of `GET /findings`. A facet that is filtered shows its other values too. `isCapped` marks a count as a lower bound.',
      permission: 'findings:read',
      input: findingFilterInput,
      answer: findingFacetsDto,
    },
    'GET /findings/groups': {
      id: 'findingGroups',
      summary: 'Group findings',
      description:
        'The packages, rules or assets that have findings under the filter of `GET /findings`, worst first, with how many of each severity.',
      permission: 'findings:read',
      input: findingGroupsInput,
      answer: findingGroupsDto,
    },
    'GET /findings/due': {
      id: 'dueBoard',
      summary: 'Get due dates',
      description:
        'Open findings by when they are due, by severity and by asset, the longest overdue, and what was found and fixed in the last twelve months.',
      permission: 'findings:read',
      input: dueBoardInput,
      answer: dueBoardDto,
    },
    'GET /findings/owners': {
      id: 'listFindingOwners',
      summary: 'List who can own findings',
      description: 'The members of the tenant who are not disabled, by name.',
      permission: 'findings:write',
      answer: findingOwnersDto,
    },
    'POST /findings/owner': {
      id: 'assignFindings',
      summary: 'Assign findings',
      description: 'Sets or removes the owner of up to 500 findings.',
      permission: 'findings:write',
      input: assignFindingsInput,
      answer: bulkResultDto,
    },
    'GET /findings/export': {
      id: 'exportFindings',
      summary: 'Export findings',
      description:
        'Streams what the filter of `GET /findings` finds, worst first: CSV (formulas defused), NDJSON, SARIF 2.1.0, or CycloneDX 1.6 VEX of the vulnerabilities.',
      permission: 'findings:read',
      input: exportFindingsInput,
      answer: z.string(),
      mediaTypes: [
        'text/csv',
        'application/x-ndjson',
        'application/sarif+json',
        'application/vnd.cyclonedx+json',
      ],
    },
    'GET /findings/{id}': {
      id: 'getFinding',
      summary: 'Get a finding with its places and its history',
      permission: 'findings:read',
      answer: findingDetailDto,
    },
    'PATCH /findings/{id}': {
      id: 'decideFinding',
      summary: 'Decide on a finding',
      description: 'Accepting a finding requests a risk acceptance, which someone else must approve.',
      permission: 'findings:write',
      input: decideFindingInput,
      answer: findingDto,
      isTagged: true,
    },
    'POST /findings/{id}/acceptance': {
      id: 'decideAcceptance',
      summary: 'Approve or decline a risk acceptance requested by someone else',
      permission: 'findings:write',
      input: decideAcceptanceInput,
      answer: findingDto,
    },
    'POST /findings/bulk': {
      id: 'decideFindings',
      summary: 'Record the same decision on many findings',
      description:
        'Select up to 500 findings by ID, or all findings that match a filter, 500 at a time, highest severity first, until `nextCursor` is null. Each finding gets its own history entry and audit event. `undo` contains the requests that restore the earlier decisions.',
      permission: 'findings:write',
      input: bulkDecideInput,
      answer: bulkDecisionDto,
    },
    'GET /finding-views': {
      id: 'listFindingViews',
      summary: 'List saved views of findings',
      description: 'By name: those that are shared in the tenant, and the person’s own.',
      permission: 'findings:read',
      answer: savedViewListDto,
    },
    'POST /finding-views': {
      id: 'createFindingView',
      summary: 'Save a view of findings',
      description: 'Only people save views; a shared one takes findings:write.',
      permission: 'findings:read',
      input: createViewInput,
      answer: savedViewDto,
      status: 201,
    },
    'GET /finding-views/{id}': {
      id: 'getFindingView',
      summary: 'Get a saved view',
      permission: 'findings:read',
      answer: savedViewDto,
      isTagged: true,
    },
    'PATCH /finding-views/{id}': {
      id: 'updateFindingView',
      summary: 'Rename, share or change a saved view',
      description:
        'You can change your own views, or shared views with findings:write. Only the owner can stop sharing a view.',
      permission: 'findings:read',
      input: updateViewInput,
      answer: savedViewDto,
      isTagged: true,
    },
    'POST /finding-views/{id}/delete': {
      id: 'deleteFindingView',
      summary: 'Delete a saved view',
      permission: 'findings:read',
      answer: savedViewDto,
    },
  }),
};
