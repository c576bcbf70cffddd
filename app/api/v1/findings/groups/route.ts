import { findingGroups } from '@/lib/assurance/findings/groups';
import { findingGroupsInput } from '@/lib/assurance/findings/views-contract';
import { apiRoute } from '@/lib/platform/auth/api-route';

export const GET = apiRoute({ permission: 'findings:read', input: findingGroupsInput, run: findingGroups });
