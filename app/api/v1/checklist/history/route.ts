import { checkHistoryInput } from '@/lib/assurance/checklist/contract';
import { listCheckHistory } from '@/lib/assurance/checklist/queries';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({
  permission: 'checklist:read',
  input: checkHistoryInput,
  run: listCheckHistory,
});
