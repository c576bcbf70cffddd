import { sql } from 'drizzle-orm';
import { inTenant, type ReadTx, readDeciding, type WriteTx } from '@/db/scope';
import type { BulkResultDto } from '@/lib/assurance/findings/bulk-contract';
import {
  type AssignFindingsInput,
  assignFindingsInput,
  type FindingOwnersDto,
} from '@/lib/assurance/findings/views-contract';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';
import { targetOf } from './decide-finding';

const OWNERS_MAX = 500;

/** Who may look after findings: everybody in the tenant who is not disabled. */
const people = (tenantId: string) => sql`
  from identity.membership m join identity.user_account u on u.id = m.user_id
  where m.tenant_id = ${tenantId}::uuid and m.disabled_at is null and u.disabled_at is null`;

/** Who can be made the owner of a finding, by name. */
export async function listOwners(actor: Actor): Promise<FindingOwnersDto> {
  requirePermission(actor, 'findings:write');
  const items = await readDeciding(actor, (tx) =>
    tx.execute<{ userId: string; name: string }>(sql`
      select u.id as "userId", u.display_name as name ${people(actor.tenantId)}
      order by u.display_name, u.id limit ${OWNERS_MAX}::integer`),
  );
  return { items: [...items] };
}

async function nameOf(tx: ReadTx, tenantId: string, userId: string): Promise<string> {
  const [found] = await tx.execute<{ name: string }>(
    sql`select u.display_name as name ${people(tenantId)} and u.id = ${userId}::uuid`,
  );
  if (!found)
    throw new AppError('bad_request', 'Member not found or disabled.', {
      fields: [{ path: 'owner', message: 'Choose a member of this tenant.' }],
    });
  return found.name;
}

interface Held extends Record<string, unknown> {
  id: string;
  owner: string | null;
}

async function hold(tx: WriteTx, tenantId: string, ids: readonly string[]): Promise<Held[]> {
  return tx.execute<Held>(sql`
    select id, owner_user_id as owner from finding where tenant_id = ${tenantId}::uuid
      and id = any(array(select value::uuid from json_array_elements_text(${JSON.stringify(ids)}::json)))
    order by id for update`);
}

/** Makes a member the owner of findings, or nobody; all of them or, where the member is none, none. */
export async function assignFindings(actor: Actor, given: AssignFindingsInput): Promise<BulkResultDto> {
  requirePermission(actor, 'findings:write');
  const { ids, owner } = assignFindingsInput.parse(given);
  const { tenantId } = actor;
  return inTenant(actor, async (tx) => {
    const name = owner === null ? null : await nameOf(tx, tenantId, owner);
    const held = await hold(tx, tenantId, ids);
    const changed = held.filter((one) => one.owner !== owner).map(({ id }) => id);
    const list = JSON.stringify(changed);
    const actorId = actor.type === 'user' ? actor.userId : actor.type === 'key' ? actor.keyId : null;
    await tx.execute(sql`
      with changed as (
        update finding set owner_user_id = ${owner}::uuid, events = events + 1, version = version + 1
        where tenant_id = ${tenantId}::uuid
          and id = any(array(select value::uuid from json_array_elements_text(${list}::json)))
        returning id, events
      )
      insert into finding_event (tenant_id, finding_id, number, at, type, actor_type, actor_id, actor_label, changes)
      select ${tenantId}::uuid, id, events, statement_timestamp(), 'assigned', ${actor.type}, ${actorId}::uuid,
        ${actor.label.slice(0, 200)}, jsonb_build_object('owner', ${name}::text)
      from changed`);
    for (const id of changed)
      await recordAudit(tx, actor, {
        action: 'finding.assigned',
        target: targetOf(id),
        details: { before: { owner: held.find((one) => one.id === id)?.owner ?? null }, after: { owner } },
      });
    const known = new Set(held.map(({ id }) => id));
    return {
      changed,
      unchanged: held.filter((one) => one.owner === owner).map(({ id }) => id),
      failed: [...new Set(ids)]
        .filter((id) => !known.has(id))
        .map((id) => ({ id, detail: 'Finding not found.' })),
    };
  });
}
