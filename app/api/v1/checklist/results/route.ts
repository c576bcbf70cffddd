import { importResultInput } from '@/lib/assurance/checklist/contract';
import { importResult } from '@/lib/assurance/checklist/import-result';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const POST = apiRoute({
  permission: 'checklist:run',
  input: importResultInput,
  status: 201,
  run: importResult,
});
