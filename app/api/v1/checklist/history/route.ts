import { apiRoute } from '@/lib/auth/api-route';
import { checkHistoryInput } from '@/lib/checklist/contract';
import { listCheckHistory } from '@/lib/checklist/queries';

export const GET = apiRoute({
  permission: 'checklist:read',
  input: checkHistoryInput,
  run: listCheckHistory,
});
