import { apiRoute } from '@/lib/auth/api-route';
import { listInboxInput } from '@/lib/notifications/contract';
import { listInbox } from '@/lib/notifications/inbox';

export const GET = apiRoute({ permission: 'session', input: listInboxInput, run: listInbox });
