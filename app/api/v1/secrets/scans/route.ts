import { uploadSecretScanInput } from '@/lib/access/secrets/contract';
import { uploadSecretScan } from '@/lib/access/secrets/upload-scan';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: ['secrets:write', 'secrets:rotate'],
  input: uploadSecretScanInput,
  run: uploadSecretScan,
});
