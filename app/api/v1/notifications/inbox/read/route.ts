import { apiRoute } from '@/lib/auth/api-route';
import { markReadInput } from '@/lib/notifications/contract';
import { markRead } from '@/lib/notifications/mark-read';

export const POST = apiRoute({ permission: 'session', input: markReadInput, run: markRead });
