import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { mintSession } from '@/db/test/mint-session';
import { type OpenDatabase, openDatabase } from '@/db/test/open-database';
import { actorOf } from '@/lib/platform/auth/actor';
import type { UserActor } from '@/lib/platform/auth/contract';
import { getMe } from '@/lib/platform/auth/queries';
import { newId } from '@/lib/platform/core/ids';
import { changeMemberRole } from './change-member-role';
import { DEFAULT_TENANT_ID, inviteMemberInput, type Role } from './contract';
import { createTenant } from './create-tenant';
import { disableMember } from './disable-member';
import { enableMember } from './enable-member';
import { inviteMember } from './invite-member';
import { getMember, listInvitations, listMembers, listMyTenants } from './queries';
import { revokeInvitation } from './revoke-invitation';
import { switchTenant } from './switch-tenant';
import { updateMember } from './update-member';
import { updateTenant } from './update-tenant';

const consoleUrl = 'http://localhost:4175';
let database: OpenDatabase;

beforeAll(async () => {
  database = await openDatabase({
    BULWARK_URL: consoleUrl,
    LOCAL_IDP_CLIENT_SECRET: 'Zt7qK1mX9bV4cN8sD2fG6hJ3',
    GITHUB_CLIENT_ID: 'Iv1.f00ba2',
    GITHUB_CLIENT_SECRET: 'Lm4wY8pR2tK6vB1nC9dS3fG7hJ5',
    OIDC_CORP_ISSUER: 'https://login.corp.test',
    OIDC_CORP_CLIENT_ID: 'bulwark',
    OIDC_CORP_CLIENT_SECRET: 'Hg3wY8pR2tK6vB1nC9dS3fG7hJ5',
  });
});
afterAll(() => database.close());
beforeEach(async () => {
  await database.admin`truncate identity.session, identity.membership, identity.user_identity, identity.user_account, identity.invitation, audit_event, gate_revision cascade`;
  await database.admin`delete from identity.tenant where id <> ${DEFAULT_TENANT_ID}`;
});

async function signedIn(
  name: string,
  role: Role = 'operator',
  tenantId = DEFAULT_TENANT_ID,
): Promise<UserActor> {
  return refreshed((await mintSession({ name, role, tenantId })).cookie);
}

async function refreshed(cookie: string): Promise<UserActor> {
  return (await actorOf(new Request(`${consoleUrl}/api/v1/me`, { headers: { cookie } }))) as UserActor;
}

async function otherTenant(): Promise<string> {
  const id = newId();
  await database.admin`insert into identity.tenant (id, slug, name) values (${id}, ${`t-${id.slice(-12)}`}, 'Other')`;
  return id;
}

const recorded = (action: string) =>
  database.admin`select tenant_id, actor_id, target_id, target_label, details from audit_event where action = ${action} order by at`;

async function operators(): Promise<number> {
  const rows =
    await database.admin`select 1 from identity.membership where role = 'operator' and disabled_at is null`;
  return rows.length;
}

describe('roles', () => {
  it('change from the next request on, and the record says from what to what', async () => {
    const ada = await signedIn('ada');
    const minted = await mintSession({ name: 'bob', role: 'analyst' });
    const changed = await changeMemberRole(ada, minted.userId, 'auditor');
    expect(changed).toMatchObject({
      name: 'bob',
      role: 'auditor',
      version: 2,
      handle: 'bob',
      provider: 'local',
    });
    expect(await refreshed(minted.cookie)).toMatchObject({ role: 'auditor' });
    expect(await recorded('member.role_changed')).toMatchObject([
      {
        tenant_id: DEFAULT_TENANT_ID,
        actor_id: ada.userId,
        target_id: minted.userId,
        target_label: 'bob',
        details: { before: { role: 'analyst' }, after: { role: 'auditor' } },
      },
    ]);
  });

  it('change only from the copy that was seen', async () => {
    const ada = await signedIn('ada');
    const bob = await signedIn('bob', 'analyst');
    await changeMemberRole(ada, bob.userId, 'auditor', '"1"');
    await expect(changeMemberRole(ada, bob.userId, 'analyst', '"1"')).rejects.toMatchObject({
      code: 'precondition_failed',
    });
    expect((await getMember(ada, bob.userId)).role).toBe('auditor');
  });

  it('are changed by operators of this tenant only', async () => {
    const ada = await signedIn('ada');
    const stranger = await signedIn('eve', 'operator', await otherTenant());
    await expect(changeMemberRole(stranger, ada.userId, 'auditor')).rejects.toMatchObject({
      code: 'not_found',
    });
    await expect(disableMember(stranger, ada.userId)).rejects.toMatchObject({ code: 'not_found' });
    expect((await listMembers(stranger, {})).items.map((member) => member.name)).toEqual(['eve']);
    for (const role of ['analyst', 'auditor'] as const) {
      const weak = await signedIn(role, role);
      await expect(changeMemberRole(weak, weak.userId, 'operator')).rejects.toMatchObject({
        code: 'forbidden',
      });
      await expect(disableMember(weak, ada.userId)).rejects.toMatchObject({ code: 'forbidden' });
      await expect(
        inviteMember(weak, { provider: 'github', matcher: 'handle', value: 'x', role: 'operator' }),
      ).rejects.toMatchObject({ code: 'forbidden' });
      await expect(createTenant(weak, { name: 'Mine', slug: 'mine' })).rejects.toMatchObject({
        code: 'forbidden',
      });
    }
    expect(await database.admin`select 1 from audit_event where category = 'change'`).toHaveLength(0);
  });

  it.each([[{ role: 'root' }], [{}], [{ role: 'analyst', disabled: true }], [{ disabled: 'yes' }]])(
    'refuse %j',
    async (input) => {
      const ada = await signedIn('ada');
      const bob = await signedIn('bob', 'analyst');
      await expect(updateMember(ada, bob.userId, input as never)).rejects.toThrow(/role|disabled/);
      expect((await getMember(ada, bob.userId)).version).toBe(1);
    },
  );
});

describe('the last operator', () => {
  it('can be neither demoted nor disabled', async () => {
    const ada = await signedIn('ada');
    await signedIn('bob', 'analyst');
    expect((await getMember(ada, ada.userId)).isLastOperator).toBe(true);
    await expect(changeMemberRole(ada, ada.userId, 'auditor')).rejects.toMatchObject({ code: 'conflict' });
    await expect(disableMember(ada, ada.userId)).rejects.toMatchObject({ code: 'conflict' });
    expect(await operators()).toBe(1);
  });

  it('is not counted among operators who are disabled here or everywhere', async () => {
    const ada = await signedIn('ada');
    const [bob, cy] = [await signedIn('bob'), await signedIn('cy')];
    await disableMember(ada, bob.userId);
    await database.admin`update identity.user_account set disabled_at = now() where id = ${cy.userId}`;
    await expect(disableMember(ada, ada.userId)).rejects.toMatchObject({ code: 'conflict' });
  });

  it.each(['demote', 'disable'] as const)('remains when ten operators %s each other at once', async (act) => {
    const people: UserActor[] = [];
    for (let i = 0; i < 10; i++) people.push(await signedIn(`operator-${i}`));
    const results = await Promise.allSettled(
      people.map((actor, i) => {
        const target = people[(i + 1) % people.length]?.userId ?? '';
        return act === 'demote' ? changeMemberRole(actor, target, 'analyst') : disableMember(actor, target);
      }),
    );
    expect(await operators()).toBe(1);
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.map(({ reason }) => reason.code)).toEqual(['conflict']);
  });
});

describe('a disabled member', () => {
  it('is out from the next request on, and in again when enabled', async () => {
    const ada = await signedIn('ada');
    const minted = await mintSession({ name: 'bob', role: 'analyst' });
    await disableMember(ada, minted.userId);
    await expect(refreshed(minted.cookie)).rejects.toMatchObject({ code: 'no_membership' });
    await enableMember(ada, minted.userId);
    expect(await refreshed(minted.cookie)).toMatchObject({ role: 'analyst' });
    expect(await recorded('member.disabled')).toHaveLength(1);
    expect(await recorded('member.enabled')).toHaveLength(1);
  });
});

describe('invitations', () => {
  const bob = { provider: 'github', matcher: 'handle', value: '@Bob', role: 'analyst' } as const;

  it('are stored in lower case, listed, recorded, revoked', async () => {
    const ada = await signedIn('ada');
    const made = await inviteMember(ada, bob);
    expect(made).toMatchObject({ value: 'bob', state: 'open', role: 'analyst', invitedBy: { name: 'ada' } });
    const days = (Date.parse(made.expiresAt) - Date.parse(made.createdAt)) / 86_400_000;
    expect(days).toBeCloseTo(7, 3);
    await expect(inviteMember(ada, { ...bob, role: 'operator' })).rejects.toMatchObject({ code: 'conflict' });
    expect((await listInvitations(ada, {})).items).toHaveLength(1);
    expect(await revokeInvitation(ada, made.id)).toMatchObject({ state: 'revoked' });
    await expect(revokeInvitation(ada, made.id)).rejects.toMatchObject({ code: 'conflict' });
    expect((await listInvitations(ada, {})).items).toHaveLength(0);
    expect((await listInvitations(ada, { state: 'all' })).items).toMatchObject([{ state: 'revoked' }]);
    expect(await recorded('member.invited')).toMatchObject([
      { target_id: made.id, details: { value: 'bob' } },
    ]);
    expect(await recorded('member.invitation_revoked')).toHaveLength(1);
  });

  it('of another tenant are not there', async () => {
    const ada = await signedIn('ada');
    const made = await inviteMember(ada, bob);
    const stranger = await signedIn('eve', 'operator', await otherTenant());
    await expect(revokeInvitation(stranger, made.id)).rejects.toMatchObject({ code: 'not_found' });
    await expect(revokeInvitation(ada, 'x')).rejects.toMatchObject({ code: 'not_found' });
    expect((await listInvitations(stranger, { state: 'all' })).items).toHaveLength(0);
  });

  it('name a provider there is, and a handle only where it belongs to one person', async () => {
    const ada = await signedIn('ada');
    await expect(inviteMember(ada, { ...bob, provider: 'gitlab' })).rejects.toMatchObject({
      code: 'unprocessable',
    });
    await expect(inviteMember(ada, { ...bob, provider: 'corp' })).rejects.toMatchObject({
      code: 'unprocessable',
    });
    const byEmail = { ...bob, provider: 'corp', matcher: 'email', value: 'Bob@Corp.test' } as const;
    expect(await inviteMember(ada, byEmail)).toMatchObject({ value: 'bob@corp.test' });
    const { settings } = await getMe(ada);
    expect(settings.providers).toEqual([
      { id: 'github', label: 'GitHub', matchers: ['handle', 'email'] },
      { id: 'corp', label: 'CORP', matchers: ['email'] },
    ]);
  });

  it.each([
    [{ ...bob, matcher: 'email', value: 'not an address' }],
    [{ ...bob, value: 'two words' }],
    [{ ...bob, value: '  ' }],
    [{ ...bob, value: 'a\u0000b' }],
    [{ ...bob, role: 'root' }],
    [{ ...bob, tenantId: DEFAULT_TENANT_ID }],
  ])('refuse %j', (input) => {
    expect(inviteMemberInput.safeParse(input).success).toBe(false);
  });

  it('page without gaps or repeats', async () => {
    const ada = await signedIn('ada');
    for (let i = 0; i < 7; i++) await inviteMember(ada, { ...bob, value: `bob-${i}` });
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listInvitations(ada, { limit: 3, ...(cursor ? { cursor } : {}) });
      seen.push(...page.items.map((item) => item.value));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((i) => `bob-${i}`));
    await expect(listInvitations(ada, { cursor: 'x' })).rejects.toMatchObject({ code: 'bad_request' });
  });
});

describe('members', () => {
  it('page in the order in which they joined', async () => {
    const ada = await signedIn('ada');
    for (let i = 0; i < 4; i++) await signedIn(`member-${i}`, 'analyst');
    const first = await listMembers(ada, { limit: 3 });
    const second = await listMembers(ada, { limit: 3, cursor: first.nextCursor ?? '' });
    const names = [...first.items, ...second.items].map((member) => member.name);
    expect(names).toEqual(['ada', 'member-0', 'member-1', 'member-2', 'member-3']);
    expect(second.nextCursor).toBeNull();
  });
});

describe('tenants', () => {
  it('are made by an operator, who becomes theirs, and both logs say so', async () => {
    const minted = await mintSession({ name: 'ada' });
    const ada = await refreshed(minted.cookie);
    const made = await createTenant(ada, { name: 'Second', slug: 'second' });
    expect(await listMyTenants(ada)).toMatchObject([
      { id: DEFAULT_TENANT_ID, role: 'operator', isCurrent: true },
      { id: made.id, slug: 'second', role: 'operator', isCurrent: false },
    ]);
    const rows = await recorded('tenant.created');
    expect(rows.map((row) => row.tenant_id)).toEqual([DEFAULT_TENANT_ID, made.id]);
    await expect(createTenant(ada, { name: 'Again', slug: 'second' })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  it('are switched for this session alone, and the role is the one held there', async () => {
    const minted = await mintSession({ name: 'ada' });
    const elsewhere = await mintSession({ userId: minted.userId });
    const other = await otherTenant();
    await database.admin`insert into identity.membership (tenant_id, user_id, role) values (${other}, ${minted.userId}, 'auditor')`;
    const ada = await refreshed(minted.cookie);
    expect(await switchTenant(ada, other)).toMatchObject({ id: other, role: 'auditor', isCurrent: true });
    expect(await refreshed(minted.cookie)).toMatchObject({ tenantId: other, role: 'auditor' });
    expect(await refreshed(elsewhere.cookie)).toMatchObject({ tenantId: DEFAULT_TENANT_ID });
    expect(await recorded('auth.tenant_switched')).toMatchObject([
      { tenant_id: other, details: { from: DEFAULT_TENANT_ID } },
    ]);
  });

  it('are not entered without an enabled membership', async () => {
    const minted = await mintSession({ name: 'ada' });
    const ada = await refreshed(minted.cookie);
    const other = await otherTenant();
    for (const id of [other, newId(), 'x']) {
      await expect(switchTenant(ada, id)).rejects.toMatchObject({ code: 'not_found' });
    }
    await database.admin`insert into identity.membership (tenant_id, user_id, role, disabled_at) values (${other}, ${ada.userId}, 'operator', now())`;
    await expect(switchTenant(ada, other)).rejects.toMatchObject({ code: 'not_found' });
    expect(await refreshed(minted.cookie)).toMatchObject({ tenantId: DEFAULT_TENANT_ID });
  });

  it('are renamed by their own operators, from the copy that was seen', async () => {
    const ada = await signedIn('ada');
    const before = (await getMe(ada)).tenant;
    const changed = await updateTenant(ada, ada.tenantId, { name: 'Home' }, `"${before.version}"`);
    expect(changed).toMatchObject({ name: 'Home', slug: before.slug, version: before.version + 1 });
    await expect(
      updateTenant(ada, ada.tenantId, { name: 'Elsewhere' }, `"${before.version}"`),
    ).rejects.toMatchObject({ code: 'precondition_failed' });
    const other = await otherTenant();
    await expect(updateTenant(ada, other, { name: 'Stolen' })).rejects.toMatchObject({ code: 'not_found' });
    expect(await recorded('tenant.updated')).toMatchObject([{ details: { after: { name: 'Home' } } }]);
  });
});
