import { dueBoard } from '@/lib/assurance/findings/read/due-board';
import { dueBoardInput } from '@/lib/assurance/findings/views-contract';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'findings:read', input: dueBoardInput, run: dueBoard });
