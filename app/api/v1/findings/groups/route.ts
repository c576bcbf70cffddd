import { apiRoute } from '@/lib/auth/api-route';
import { findingGroups } from '@/lib/findings/groups';
import { findingGroupsInput } from '@/lib/findings/views-contract';

export const GET = apiRoute({ permission: 'findings:read', input: findingGroupsInput, run: findingGroups });
