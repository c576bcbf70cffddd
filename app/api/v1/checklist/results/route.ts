import { apiRoute } from '@/lib/auth/api-route';
import { importResultInput } from '@/lib/checklist/contract';
import { importResult } from '@/lib/checklist/import-result';

export const POST = apiRoute({
  permission: 'checklist:run',
  input: importResultInput,
  status: 201,
  run: importResult,
});
