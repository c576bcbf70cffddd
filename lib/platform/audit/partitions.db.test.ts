import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { poolOf } from '@/db/connect';
import { migrate } from '@/db/migrate';
import { openScene, type Scene } from '@/db/test/scene';
import { newId } from '@/lib/platform/core/ids';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { type AuditMonths, MONTHS, monthsProblem } from './facts';
import { keepAuditMonths } from './jobs';

let scene: Scene;
let admin: Scene['admin'];
beforeAll(async () => {
  scene = await openScene();
  admin = scene.admin;
});
beforeEach(() => admin`truncate public.audit_event`);
afterAll(() => scene.close());

const keep = (role: 'app_rw' | 'app_ro' | 'app_gate' = 'app_rw') =>
  poolOf(role).sql<{ made: number }[]>`select public.keep_audit_partitions() as made`;

/** The first day of the month so many months from now, in UTC. */
function monthFromNow(months: number): Date {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + months, 1));
}

const nameOf = (month: Date) => `audit_event_${month.toISOString().slice(0, 7).replace('-', '_')}`;

/** @returns the id of an event with this time, and what it says of itself */
async function event(at: Date): Promise<string> {
  const id = newId();
  await admin`insert into audit_event ${admin({
    tenant_id: DEFAULT_TENANT_ID,
    at,
    id,
    category: 'access',
    action: 'api.request',
    outcome: 'success',
    actor_type: 'anonymous',
    request_id: `r-${id}`,
    details: { a: 1 } as never,
  })}`;
  return id;
}

async function partitionOf(id: string): Promise<string | undefined> {
  const [row] =
    await admin`select tableoid::regclass::text as name, audit_event::text from audit_event where id = ${id}`;
  return row?.name;
}

const textOf = (id: string) => admin`select a::text as text from audit_event a where id = ${id}`;
const defaultBytes = async () =>
  Number((await admin`select pg_relation_size('audit_event_default') as bytes`)[0]?.bytes);

describe('rows outside the months', () => {
  it.each([
    ['the migration', () => migrate(scene.urls.migrator)],
    ['the worker', () => keep()],
  ])('move into their month when %s makes it, unchanged', async (_, make) => {
    const month = monthFromNow(1);
    await admin.unsafe(`drop table public.${nameOf(month)}`);
    const first = await event(month);
    const last = await event(new Date(monthFromNow(2).getTime() - 1));
    expect([await partitionOf(first), await partitionOf(last)]).toEqual([
      'audit_event_default',
      'audit_event_default',
    ]);
    const before = await textOf(first);
    await make();
    expect([await partitionOf(first), await partitionOf(last)]).toEqual([nameOf(month), nameOf(month)]);
    expect(await textOf(first)).toEqual(before);
    expect(await defaultBytes()).toBe(0);
  });

  it('stay where their month is further than a year away, and stop nothing', async () => {
    const ahead = await event(monthFromNow(25));
    const behind = await event(monthFromNow(-15));
    await admin.unsafe(`drop table public.${nameOf(monthFromNow(12))}`);
    await migrate(scene.urls.migrator);
    expect([await partitionOf(ahead), await partitionOf(behind)]).toEqual([
      'audit_event_default',
      'audit_event_default',
    ]);
    expect(await defaultBytes()).toBeGreaterThan(0);
  });

  it('are found after 15 months without a worker or an upgrade', async () => {
    for (let i = -1; i <= 12; i++)
      await admin.unsafe(`drop table if exists public.${nameOf(monthFromNow(i))}`);
    const id = await event(new Date());
    expect(await partitionOf(id)).toBe('audit_event_default');
    expect((await keep())[0]?.made).toBe(14);
    expect(await partitionOf(id)).toBe(nameOf(monthFromNow(0)));
    expect((await keep())[0]?.made).toBe(0);
  });
});

describe('a month that was made', () => {
  it('is as closed as those of the schema, and has their indexes', async () => {
    const [made, other] = [nameOf(monthFromNow(3)), nameOf(monthFromNow(4))];
    await admin.unsafe(`drop table public.${made}`);
    await keep();
    const look = (name: string) =>
      admin.unsafe(`
      select relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner) as owner, relacl::text,
        (select array_agg(polname) from pg_policy where polrelid = c.oid) as policies,
        (select array_agg(pg_get_indexdef(indexrelid) order by indexrelid::regclass::text) from pg_index
          where indrelid = c.oid) as indexes
      from pg_class c where oid = 'public.${name}'::regclass`);
    const text = async (name: string) => JSON.stringify(await look(name)).replaceAll(name, 'X');
    expect(await text(made)).toBe(await text(other));
    const [{ forced } = { forced: null }] =
      await admin`select relforcerowsecurity as forced from pg_class where oid = 'audit_event_default'::regclass`;
    expect(forced).toBe(true);
  });

  it('waits for nobody who uses the log', async () => {
    const name = nameOf(monthFromNow(5));
    await admin.unsafe(`drop table public.${name}`);
    const isThere = async () =>
      (await admin`select to_regclass(${`public.${name}`}) as found`)[0]?.found !== null;
    const refused = await admin.begin(async (tx) => {
      await tx`select count(*) from audit_event`;
      await keepAuditMonths();
      return keep().catch((error: { code?: string }) => error.code);
    });
    expect([refused, await isThere()]).toEqual(['55P03', false]);
    await keepAuditMonths();
    expect(await isThere()).toBe(true);
  });
});

it.each(['app_ro', 'app_gate'] as const)('%s cannot make months', async (role) => {
  await expect(keep(role)).rejects.toMatchObject({ code: '42501' });
});

it('a table of that name that is no partition stops nothing', async () => {
  const name = nameOf(monthFromNow(6));
  await admin.unsafe(`alter table audit_event detach partition ${name}`);
  expect((await keep())[0]?.made).toBe(0);
  const id = await event(monthFromNow(6));
  expect(await partitionOf(id)).toBe('audit_event_default');
});

describe('what Settings → Health and "bulwark doctor" read', () => {
  const problem = async () => {
    const [months] = await poolOf('app_ro').sql.unsafe<AuditMonths[]>(MONTHS);
    return months && monthsProblem(months)?.detail;
  };

  it('is well where every event lies in its month', async () => {
    await keep();
    await event(new Date());
    expect(await problem()).toBeUndefined();
  });

  it('names events outside the months, until they have moved', async () => {
    const month = monthFromNow(7);
    await admin.unsafe(`drop table public.${nameOf(month)}`);
    await event(month);
    expect(await problem()).toContain('more than a year');
    await keep();
    expect(await problem()).toBeUndefined();
  });

  it('names a coming month without a partition first', async () => {
    await admin.unsafe(`drop table public.${nameOf(monthFromNow(1))}`);
    expect(await problem()).toContain('no partition for the coming month');
  });
});
