import { apiRoute } from '@/lib/auth/api-route';
import { dueBoard } from '@/lib/findings/due-board';
import { dueBoardInput } from '@/lib/findings/views-contract';

export const GET = apiRoute({ permission: 'findings:read', input: dueBoardInput, run: dueBoard });
