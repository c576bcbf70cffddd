import { uploadSecretScanInput } from '@/lib/access/secrets/contract';
import { uploadSecretScan } from '@/lib/access/secrets/upload-scan';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({ permission: 'anybody', input: uploadSecretScanInput, run: uploadSecretScan });
