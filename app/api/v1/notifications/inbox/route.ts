import { apiRoute } from '@/lib/platform/auth/request/api-route';
import { listInboxInput } from '@/lib/platform/notifications/contract';
import { listInbox } from '@/lib/platform/notifications/inbox/inbox';

export const GET = apiRoute({ permission: 'session', input: listInboxInput, run: listInbox });
