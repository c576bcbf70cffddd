import { findingGroups } from '@/lib/assurance/findings/read/groups';
import { findingGroupsInput } from '@/lib/assurance/findings/views-contract';
import { apiRoute } from '@/lib/platform/auth/request/api-route';

export const GET = apiRoute({ permission: 'findings:read', input: findingGroupsInput, run: findingGroups });
