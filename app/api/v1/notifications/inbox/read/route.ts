import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { markReadInput } from '@/lib/platform/notifications/contract';
import { markRead } from '@/lib/platform/notifications/inbox/mark-read';

export const POST = apiRoute({ permission: 'session', input: markReadInput, run: markRead });
