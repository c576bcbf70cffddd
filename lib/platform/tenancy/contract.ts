import { z } from 'zod';
import { plainLine } from '@/lib/platform/core/plain-line';

/** The instance's home tenant: seeded by the first migration; events that belong to no tenant are recorded here. */
export const DEFAULT_TENANT_ID = '01930000-0000-7000-8000-000000000001';

export const ROLES = ['operator', 'analyst', 'auditor'] as const;
export type Role = (typeof ROLES)[number];

export const tenantSlug = z
  .string()
  .regex(
    /^[a-z][a-z0-9-]{1,38}[a-z0-9]$/,
    'Use 3 to 40 lower-case letters, digits and hyphens, starting with a letter.',
  );

export const INVITATION_DAYS = 7;
export const INVITATION_MATCHERS = ['email', 'handle'] as const;
export type InvitationMatcher = (typeof INVITATION_MATCHERS)[number];

const role = z.enum(ROLES);
const dateText = z.iso.datetime();
const tenantName = plainLine(100, 'Give the tenant a name.');

/** An IANA time zone that this system knows, such as Europe/Berlin. */
function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: text });
    return true;
  } catch {
    return false;
  }
}
const timeZone = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/, 'Enter a time zone such as Europe/Berlin.')
  .refine(isTimeZone, 'Unknown time zone. Enter one such as Europe/Berlin.');

export const createTenantInput = z.strictObject({ name: tenantName, slug: tenantSlug });
export type CreateTenantInput = z.input<typeof createTenantInput>;

export const updateTenantInput = z
  .strictObject({ name: tenantName.optional(), slug: tenantSlug.optional(), timeZone: timeZone.optional() })
  .refine((input) => Object.keys(input).length > 0, 'Give a name, a slug or a time zone.');
export type UpdateTenantInput = z.input<typeof updateTenantInput>;

/** `value` is stored in lower case; a handle without its leading @. */
export const inviteMemberInput = z
  .strictObject({
    provider: z.string().regex(/^[a-z0-9-]{1,60}$/, 'Name a sign-in provider by its id.'),
    matcher: z.enum(INVITATION_MATCHERS),
    value: z
      .string()
      .trim()
      .transform((value) => value.toLowerCase().replace(/^@/, ''))
      .pipe(plainLine(254, 'Enter an email address or user name.')),
    role,
  })
  .refine((input) => input.matcher === 'handle' || z.email().safeParse(input.value).success, {
    path: ['value'],
    message: 'Enter an email address.',
  })
  .refine((input) => input.matcher === 'email' || /^[\p{L}\p{N}][\p{L}\p{N}._-]*$/u.test(input.value), {
    path: ['value'],
    message: 'Enter a user name exactly as shown by the provider.',
  });
export type InviteMemberInput = z.input<typeof inviteMemberInput>;

/** One change at a time: the role, or whether the member may use the tenant. */
export const updateMemberInput = z.union(
  [z.strictObject({ role }), z.strictObject({ disabled: z.boolean() })],
  {
    error: 'Send either "role" (operator, analyst or auditor) or "disabled" (true or false).',
  },
);
export type UpdateMemberInput = z.input<typeof updateMemberInput>;

const page = {
  cursor: z.string().max(400).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
};
export const listMembersInput = z.strictObject(page);
export type ListMembersInput = z.input<typeof listMembersInput>;

/** `state` left out: open invitations only. */
export const listInvitationsInput = z.strictObject({
  ...page,
  state: z.enum(['open', 'all']).default('open'),
});
export type ListInvitationsInput = z.input<typeof listInvitationsInput>;

export const tenantDto = z.object({
  id: z.uuid(),
  slug: z.string(),
  name: z.string(),
  /** In which schedules and windows are meant. */
  timeZone: z.string(),
  version: z.number().int(),
  createdAt: dateText,
});
export type TenantDto = z.infer<typeof tenantDto>;

/** A tenant that the caller is a member of. */
export const myTenantDto = tenantDto.extend({ role, isCurrent: z.boolean() });
export type MyTenantDto = z.infer<typeof myTenantDto>;
export const myTenantListDto = z.object({ items: z.array(myTenantDto), nextCursor: z.null() });

export const memberDto = z.object({
  userId: z.uuid(),
  name: z.string(),
  email: z.string().nullable(),
  provider: z.string().nullable(),
  handle: z.string().nullable(),
  role,
  disabledAt: dateText.nullable(),
  /** Disabled everywhere, not only here. */
  isAccountDisabled: z.boolean(),
  /** The only enabled operator: cannot be disabled or demoted. */
  isLastOperator: z.boolean(),
  joinedAt: dateText,
  lastSignInAt: dateText.nullable(),
  version: z.number().int(),
});
export type MemberDto = z.infer<typeof memberDto>;
export const memberListDto = z.object({ items: z.array(memberDto), nextCursor: z.string().nullable() });
export type MemberListDto = z.infer<typeof memberListDto>;

export const INVITATION_STATES = ['open', 'accepted', 'revoked', 'expired'] as const;

export const invitationDto = z.object({
  id: z.uuid(),
  provider: z.string(),
  matcher: z.enum(INVITATION_MATCHERS),
  value: z.string(),
  role,
  state: z.enum(INVITATION_STATES),
  invitedBy: z.object({ userId: z.uuid(), name: z.string() }).nullable(),
  createdAt: dateText,
  expiresAt: dateText,
  acceptedAt: dateText.nullable(),
  revokedAt: dateText.nullable(),
});
export type InvitationDto = z.infer<typeof invitationDto>;
export const invitationListDto = z.object({
  items: z.array(invitationDto),
  nextCursor: z.string().nullable(),
});
export type InvitationListDto = z.infer<typeof invitationListDto>;
