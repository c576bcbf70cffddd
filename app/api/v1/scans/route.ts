import { apiRoute } from '@/lib/auth/api-route';
import { listScansInput, uploadScanInput } from '@/lib/findings/contract';
import { listScans } from '@/lib/findings/scan-queries';
import { uploadScan } from '@/lib/findings/upload-scan';

export const GET = apiRoute({ permission: 'scans:read', input: listScansInput, run: listScans });

export const POST = apiRoute({
  permission: 'scans:write',
  input: uploadScanInput,
  body: 'stream',
  status: 202,
  run: (actor, input, { request, idempotencyKey }) => uploadScan(actor, input, request.body, idempotencyKey),
});
