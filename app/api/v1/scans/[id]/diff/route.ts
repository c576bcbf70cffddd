import { scanDiffInput } from '@/lib/assurance/findings/contract';
import { scanDiff } from '@/lib/assurance/findings/read/scan-diff';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({
  permission: 'findings:read',
  input: scanDiffInput,
  run: (actor, input, { params }) => scanDiff(actor, params.id ?? '', input),
});
