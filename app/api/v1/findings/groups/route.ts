import { apiRoute } from '@/lib/auth/api-route';
import { findingGroupsInput } from '@/lib/findings/contract';
import { findingGroups } from '@/lib/findings/groups';

export const GET = apiRoute({ permission: 'findings:read', input: findingGroupsInput, run: findingGroups });
