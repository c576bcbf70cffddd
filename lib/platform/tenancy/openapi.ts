import { type ApiRoom, describeRoutes } from '@/lib/platform/core/http/openapi';
import {
  createTenantInput,
  invitationDto,
  invitationListDto,
  inviteMemberInput,
  listInvitationsInput,
  listMembersInput,
  memberDto,
  memberListDto,
  myTenantDto,
  myTenantListDto,
  tenantDto,
  updateMemberInput,
  updateTenantInput,
} from './contract';

const tag = { name: 'Members and tenants', description: 'Members, invitations, roles and tenants.' };

export const tenancyApi: ApiRoom = {
  tag,
  schemas: { Member: memberDto, Invitation: invitationDto, Tenant: tenantDto, MyTenant: myTenantDto },
  paths: describeRoutes(tag.name, {
    'GET /members': {
      id: 'listMembers',
      summary: 'List members',
      permission: 'members:read',
      input: listMembersInput,
      answer: memberListDto,
    },
    'GET /members/{userId}': {
      id: 'getMember',
      summary: 'Get a member',
      permission: 'members:read',
      answer: memberDto,
      isTagged: true,
    },
    'PATCH /members/{userId}': {
      id: 'updateMember',
      summary: 'Change the role of a member, or disable the member',
      description: 'The last operator can be neither demoted nor disabled.',
      permission: 'members:write',
      input: updateMemberInput,
      answer: memberDto,
      isTagged: true,
    },
    'GET /invitations': {
      id: 'listInvitations',
      summary: 'List invitations',
      permission: 'members:read',
      input: listInvitationsInput,
      answer: invitationListDto,
    },
    'POST /invitations': {
      id: 'inviteMember',
      summary: 'Invite a member',
      permission: 'members:write',
      input: inviteMemberInput,
      answer: invitationDto,
      status: 201,
    },
    'POST /invitations/{id}/revoke': {
      id: 'revokeInvitation',
      summary: 'Revoke an invitation',
      permission: 'members:write',
      answer: invitationDto,
    },
    'GET /tenants': {
      id: 'listMyTenants',
      summary: 'List the tenants that you are a member of',
      permission: 'session',
      answer: myTenantListDto,
    },
    'POST /tenants': {
      id: 'createTenant',
      summary: 'Create a tenant',
      permission: 'settings:write',
      input: createTenantInput,
      answer: tenantDto,
      status: 201,
    },
    'PATCH /tenants/{id}': {
      id: 'updateTenant',
      summary: 'Change a tenant',
      permission: 'settings:write',
      input: updateTenantInput,
      answer: tenantDto,
      isTagged: true,
    },
    'POST /tenants/{id}/switch': {
      id: 'switchTenant',
      summary: 'Switch this session to another of your tenants',
      permission: 'session',
      answer: myTenantDto,
    },
  }),
};
