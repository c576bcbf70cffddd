import { queryOptions } from '@tanstack/react-query';
import { apiFetch } from '@/components/shell/api-client';
import type { SessionListDto } from '@/lib/platform/auth/contract';
import type { InvitationListDto, MemberListDto, MyTenantDto } from '@/lib/platform/tenancy/contract';

const LIST_MAX = 200;

export const settingsKeys = {
  members: ['settings', 'members'],
  invitations: ['settings', 'invitations'],
  sessions: ['settings', 'sessions'],
  tenants: ['settings', 'tenants'],
} as const;

export const membersQuery = queryOptions({
  queryKey: settingsKeys.members,
  queryFn: ({ signal }) => apiFetch<MemberListDto>('/members', { query: { limit: LIST_MAX }, signal }),
});

export const invitationsQuery = queryOptions({
  queryKey: settingsKeys.invitations,
  queryFn: ({ signal }) =>
    apiFetch<InvitationListDto>('/invitations', { query: { limit: LIST_MAX }, signal }),
});

export const sessionsQuery = queryOptions({
  queryKey: settingsKeys.sessions,
  queryFn: ({ signal }) => apiFetch<SessionListDto>('/sessions', { signal }),
});

export const tenantsQuery = queryOptions({
  queryKey: settingsKeys.tenants,
  queryFn: ({ signal }) => apiFetch<{ items: MyTenantDto[] }>('/tenants', { signal }),
});
