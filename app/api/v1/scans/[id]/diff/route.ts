import { apiRoute } from '@/lib/auth/api-route';
import { scanDiffInput } from '@/lib/findings/contract';
import { scanDiff } from '@/lib/findings/scan-diff';

export const GET = apiRoute({
  permission: 'findings:read',
  input: scanDiffInput,
  run: (actor, input, { params }) => scanDiff(actor, params.id ?? '', input),
});
