import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import {
  createTargetInput,
  logDto,
  pageInput,
  readLogInput,
  runDto,
  runPageDto,
  scannerDto,
  scannerListDto,
  targetDto,
  targetPageDto,
  updateTargetInput,
} from './contract';

const tag = { name: 'Scanners', description: 'Scanners that Bulwark runs, their targets and schedules.' };

export const scannersApi: ApiRoom = {
  tag,
  schemas: {
    Scanner: scannerDto,
    ScannerList: scannerListDto,
    ScanTarget: targetDto,
    ScanTargetPage: targetPageDto,
    ScannerRun: runDto,
    ScannerRunPage: runPageDto,
    ScannerLog: logDto,
  },
  paths: describeRoutes(tag.name, {
    'GET /scanners': {
      id: 'listScanners',
      summary: 'List scanners, and whether the worker has them',
      permission: 'scans:read',
      answer: scannerListDto,
    },
    'GET /scan-targets': {
      id: 'listScanTargets',
      summary: 'List scan targets, the newest first',
      permission: 'scans:read',
      input: pageInput,
      answer: targetPageDto,
    },
    'POST /scan-targets': {
      id: 'createScanTarget',
      summary: 'Add a scan target',
      permission: 'scanners:write',
      input: createTargetInput,
      answer: targetDto,
      status: 201,
    },
    'GET /scan-targets/{id}': {
      id: 'getScanTarget',
      summary: 'Get a scan target',
      permission: 'scans:read',
      answer: targetDto,
      isTagged: true,
    },
    'PATCH /scan-targets/{id}': {
      id: 'updateScanTarget',
      summary: 'Change a scan target',
      permission: 'scanners:write',
      input: updateTargetInput,
      answer: targetDto,
      isTagged: true,
    },
    'POST /scan-targets/{id}/delete': {
      id: 'deleteScanTarget',
      summary: 'Delete a scan target; its runs stay',
      permission: 'scanners:write',
      answer: targetDto,
    },
    'POST /scan-targets/{id}/run': {
      id: 'runScanTarget',
      summary: 'Scan a target now',
      permission: 'scans:write',
      answer: runDto,
      status: 202,
    },
    'GET /scan-targets/{id}/runs': {
      id: 'listScannerRuns',
      summary: 'List the runs of a target, the newest first',
      permission: 'scans:read',
      input: pageInput,
      answer: runPageDto,
    },
    'GET /scanner-runs/{id}': {
      id: 'getScannerRun',
      summary: 'Get a run',
      permission: 'scans:read',
      answer: runDto,
    },
    'GET /scanner-runs/{id}/log': {
      id: 'readScannerLog',
      summary: 'Read the log of a run, also while it grows',
      permission: 'scans:read',
      input: readLogInput,
      answer: logDto,
    },
    'POST /scanner-runs/{id}/cancel': {
      id: 'cancelScannerRun',
      summary: 'Stop a run',
      permission: 'scans:write',
      answer: runDto,
    },
  }),
};
