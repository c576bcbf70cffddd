import { apiRoute } from '@/lib/platform/auth/api-route';
import { markReadInput } from '@/lib/platform/notifications/contract';
import { markRead } from '@/lib/platform/notifications/mark-read';

export const POST = apiRoute({ permission: 'session', input: markReadInput, run: markRead });
