import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { logInput } from '@/lib/platform/sealing/contract';
import { getCheckpoint } from '@/lib/platform/sealing/serve/texts';

export const GET = apiRoute({ permission: 'audit:export', input: logInput, run: getCheckpoint });
