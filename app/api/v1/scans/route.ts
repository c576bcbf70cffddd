import { listScansInput, uploadScanInput } from '@/lib/assurance/findings/contract';
import { uploadScan } from '@/lib/assurance/findings/import/upload-scan';
import { listScans } from '@/lib/assurance/findings/read/scan-queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'scans:read', input: listScansInput, run: listScans });

export const POST = apiRoute({
  permission: 'scans:write',
  input: uploadScanInput,
  body: 'stream',
  status: 202,
  run: (actor, input, { request, idempotencyKey }) => uploadScan(actor, input, request.body, idempotencyKey),
});
