import { dueBoard } from '@/lib/assurance/findings/due-board';
import { dueBoardInput } from '@/lib/assurance/findings/views-contract';
import { apiRoute } from '@/lib/platform/auth/api-route';

export const GET = apiRoute({ permission: 'findings:read', input: dueBoardInput, run: dueBoard });
