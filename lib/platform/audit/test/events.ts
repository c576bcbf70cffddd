import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import type { Sql } from 'postgres';
import {
  AUDIT_ACTIONS,
  AUDIT_FILTER_FIELDS,
  type AuditAction,
  type AuditFilterField,
  type ListAuditInput,
} from '@/lib/platform/audit/contract';
import type { Actor } from '@/lib/platform/auth/contract';
import { newId } from '@/lib/platform/core/ids';
import type { Role } from '@/lib/platform/tenancy/contract';

export const TENANT = '01930000-0000-7000-8000-00000000aaaa';
export const OTHER_TENANT = '01930000-0000-7000-8000-00000000bbbb';

export function userActor(role: Role = 'operator', tenantId = TENANT): Actor {
  return {
    type: 'user',
    tenantId,
    userId: '01930000-0000-7000-8000-00000000ada0',
    sessionId: '01930000-0000-7000-8000-00000000ada1',
    role,
    label: 'Ada',
    request: {
      requestId: newId(),
      ip: '127.0.0.1',
      userAgent: 'test',
      method: 'GET',
      host: 'test',
      path: '/test',
    },
  };
}

export interface TestEvent {
  tenantId: string;
  /** Microseconds since the Unix epoch: the log's precision. */
  atUs: number;
  id: string;
  category: string;
  action: string;
  outcome: 'success' | 'denied' | 'failure';
  code: string | null;
  actorId: string | null;
  actorLabel: string | null;
  keyId: string | null;
  keyVersionId: string | null;
  ip: string | null;
  userAgent: string | null;
  method: string | null;
  path: string | null;
  status: number | null;
  targetType: string | null;
  targetId: string | null;
  targetLabel: string | null;
  requestId: string;
  details: Record<string, unknown> | null;
}

export function isoOfUs(atUs: number): string {
  return `${new Date(Math.floor(atUs / 1000)).toISOString().slice(0, -1)}${String(atUs % 1000).padStart(3, '0')}Z`;
}

export function testEvent(given: Partial<TestEvent> = {}): TestEvent {
  const action: AuditAction = 'gate.verify';
  const known = AUDIT_ACTIONS[(given.action ?? action) as AuditAction];
  return {
    tenantId: TENANT,
    atUs: Date.now() * 1000,
    id: newId(given.atUs ? Math.floor(given.atUs / 1000) : Date.now()),
    category: known.category,
    action,
    outcome: 'success',
    code: null,
    actorId: null,
    actorLabel: null,
    keyId: null,
    keyVersionId: null,
    ip: null,
    userAgent: null,
    method: null,
    path: null,
    status: null,
    targetType: null,
    targetId: null,
    targetLabel: null,
    requestId: newId(),
    details: null,
    ...given,
  };
}

/** Writes events as the superuser, who may choose their times. */
export async function insertEvents(sql: Sql, events: readonly TestEvent[]): Promise<void> {
  for (let from = 0; from < events.length; from += 1000) {
    const rows = events
      .slice(from, from + 1000)
      .map(({ atUs, ...event }) => ({ ...event, at: isoOfUs(atUs) }));
    await sql`
      insert into public.audit_event (tenant_id, at, id, recorded_at, category, action, outcome, code, actor_type, actor_id,
        actor_label, key_id, key_version_id, ip, user_agent, method, path, status, target_type, target_id, target_label, request_id, details)
      select e."tenantId", e.at, e.id, e.at, e.category, e.action, e.outcome, e.code, 'user', e."actorId", e."actorLabel",
        e."keyId", e."keyVersionId", e.ip, e."userAgent", e.method, e.path, e.status, e."targetType", e."targetId", e."targetLabel", e."requestId", e.details
      from jsonb_to_recordset(${sql.json(rows as never)}) as e("tenantId" uuid, at timestamptz, id uuid, category text, action text,
        outcome text, code text, "actorId" uuid, "actorLabel" text, "keyId" uuid, "keyVersionId" uuid, ip inet, "userAgent" text, method text,
        path text, status smallint, "targetType" text, "targetId" text, "targetLabel" text, "requestId" text, details jsonb)`;
  }
}

function isInNetwork(ip: string | null, network: string): boolean {
  if (ip === null) return false;
  const address = ipaddr.parse(ip);
  if (!network.includes('/')) return address.toString() === ipaddr.parse(network).toString();
  const [base, bits] = ipaddr.parseCIDR(network);
  return address.kind() === base.kind() && address.match(base, bits);
}

const isLimit = (name: unknown, value: string) =>
  typeof name === 'string' && (name === value || name.startsWith(`${value}/`));
const same = (a: string | null, b: string) => a !== null && a.toLowerCase() === b.toLowerCase();
const isUuid = (text: string) => /^[0-9a-f-]{36}$/.test(text);

function isStatus(status: number | null, value: string): boolean {
  if (!value.endsWith('xx')) return String(status) === value;
  return status !== null && String(status)[0] === value[0];
}

function matchesValue(event: TestEvent, field: AuditFilterField, value: string): boolean {
  switch (field) {
    case 'actor':
      if (value === 'none') return event.actorId === null;
      return isUuid(value) ? event.actorId === value : same(event.actorLabel, value);
    case 'code':
      return value === 'none' ? event.code === null : event.code === value;
    case 'deniedBy':
      return event.code === 'RATE_LIMITED' && isLimit(event.details?.limit, value);
    case 'shadowedBy':
      return [event.details?.shadowed ?? []].flat().some((name) => isLimit(name, value));
    case 'caller':
      return event.actorLabel === value;
    case 'place':
      return (event.targetType === 'route' ? event.targetId : event.path) === value;
    case 'version':
      return isUse(event, value);
    case 'ip':
      if (value === 'none') return event.ip === null;
      return isInNetwork(event.ip, value);
    case 'key':
      return value === 'none' ? event.keyId === null : event.keyId === value;
    case 'target':
      return event.targetId === value || (!isUuid(value) && same(event.targetLabel, value));
    case 'method':
      return event.method === value.toUpperCase();
    case 'path':
      return event.path?.startsWith(value) ?? false;
    case 'status':
      return isStatus(event.status, value);
    case 'request':
      return event.requestId === value;
    default:
      return event[field] === value;
  }
}

function isUse(
  { action, category, keyVersionId, targetType, targetId }: TestEvent,
  version: string,
): boolean {
  if (keyVersionId === version && ['decision', 'access'].includes(category)) return true;
  return action === 'gate.verify' && targetType === 'key_version' && targetId === version;
}

const listed = (value: string | string[] | undefined) => (value === undefined ? [] : [value].flat());

function holdsText(event: TestEvent, text: string): boolean {
  const { action, actorLabel, targetLabel, targetId, path, code, requestId, ip } = event;
  return [action, actorLabel, targetLabel, targetId, path, code, requestId, ip].some((one) =>
    one?.toLowerCase().includes(text.toLowerCase()),
  );
}

function isAuthFailure({ action, category, outcome, code }: TestEvent): boolean {
  if (code === 'RATE_LIMITED' || code === 'UNAVAILABLE') return false;
  if (['auth.sign_in_failed', 'auth.sign_in_denied', 'auth.refused'].includes(action)) return true;
  return category === 'decision' && outcome === 'denied' && code === 'REVOKED';
}

/** What a filter must select, said without SQL. `from` and `to` are ISO times here. */
export function matches(event: TestEvent, input: ListAuditInput): boolean {
  const atMs = event.atUs / 1000;
  if (input.from !== undefined && atMs < Date.parse(input.from)) return false;
  if (input.to !== undefined && atMs >= Date.parse(input.to)) return false;
  const asksForAccess = input.access === 'show' || input.category || input.action || input.request;
  if (!asksForAccess && event.category === 'access') return false;
  const asksForTests = input.synthetic === 'show' || input.action || input.request;
  if (!asksForTests && event.action === 'gate.self_test') return false;
  if (input.is === 'auth_failure' && !isAuthFailure(event)) return false;
  if (!listed(input.q).every((text) => holdsText(event, text))) return false;
  if (listed(input['q!']).some((text) => holdsText(event, text))) return false;
  return AUDIT_FILTER_FIELDS.every((field) => {
    const wanted = listed(input[field]);
    const unwanted = listed(input[`${field}!`]);
    const has = (value: string) => matchesValue(event, field, value);
    return (wanted.length === 0 || wanted.some(has)) && !unwanted.some(has);
  });
}

/** Newest first, as the log answers. */
export function newestFirst(events: readonly TestEvent[]): TestEvent[] {
  return [...events].sort((a, b) => b.atUs - a.atUs || (a.id < b.id ? 1 : -1));
}

const IDS = Array.from({ length: 4 }, (_, i) => `0193aaaa-0000-7000-8000-00000000000${i}`);
export const VALUES: Record<AuditFilterField, string[]> = {
  actor: [...IDS, 'none', 'Ada Lovelace', 'ADA LOVELACE', 'nobody'],
  action: [
    'gate.verify',
    'gate.authorize',
    'key.created',
    'key.revoked',
    'api.request',
    'auth.sign_in',
    'auth.refused',
    'gate.self_test',
    'audit.exported',
    'no.such',
  ],
  category: ['decision', 'change', 'access', 'auth', 'system'],
  outcome: ['success', 'denied', 'failure'],
  code: ['VALID', 'REVOKED', 'forbidden', 'RATE_LIMITED', 'none'],
  ip: ['none', '10.0.0.1', '10.0.0.0/8', '192.168.1.9', '2001:db8::1', '2001:db8::/32', '0.0.0.0/0'],
  key: [...IDS, 'none'],
  caller: ['Ada Lovelace', 'ADA LOVELACE'],
  place: ['/api', '/api/v1/keys'],
  deniedBy: ['login', 'login/1m'],
  shadowedBy: ['quiet'],
  version: IDS,
  target: [...IDS, 'orders', 'Orders', '%'],
  method: ['GET', 'post', 'DELETE'],
  path: ['/api', '/api/v1/keys', '/', '/a%'],
  status: ['200', '403', '4xx', '5xx'],
  request: ['0193cccc-0000-4000-8000-000000000001', 'req-1'],
};

const orNull = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: null, freq: 3 });

/** Events of a few values each, close in time, so that filters meet them and times are equal. */
export function arbitraryEvent(fromUs: number, toUs: number): fc.Arbitrary<TestEvent> {
  return fc
    .record({
      atUs: fc.integer({ min: 0, max: 400 }).map((n) => fromUs + Math.floor((n * (toUs - fromUs)) / 400)),
      action: fc.constantFrom(
        'gate.verify',
        'gate.authorize',
        'key.created',
        'key.revoked',
        'api.request',
        'auth.sign_in',
        'auth.refused',
        'gate.self_test',
        'audit.exported',
      ),
      outcome: fc.constantFrom('success' as const, 'success' as const, 'denied' as const, 'failure' as const),
      code: orNull(['VALID', 'REVOKED', 'forbidden', 'RATE_LIMITED']),
      details: orNull([{ limit: 'login/1m' }, { limit: 'log', shadowed: ['quiet/2m'] }, { shadowed: 'odd' }]),
      actorId: orNull(IDS),
      actorLabel: orNull(['Ada Lovelace', 'bob', 'ÄÖÜ service', "O'Brien; DROP TABLE"]),
      keyId: orNull(IDS),
      keyVersionId: orNull(IDS),
      ip: orNull(['10.0.0.1', '10.255.0.1', '192.168.1.9', '2001:db8::1', '2001:db9::1']),
      method: orNull(['GET', 'POST']),
      path: orNull(['/api/v1/keys', '/api', '/a%b', '/A']),
      status: orNull([200, 403, 404, 503]),
      targetType: orNull(['key_version', 'route']),
      targetId: orNull([...IDS, 'orders', '%']),
      targetLabel: orNull(['Orders', 'x_y', '100%']),
      requestId: fc.constantFrom('req-1', 'req-2', '0193cccc-0000-4000-8000-000000000001'),
      tenantId: fc.constantFrom(TENANT, TENANT, TENANT, OTHER_TENANT),
    })
    .map((given) => testEvent(given));
}

/** A filter on one to three fields, some excluded, now and then with a text. */
export function arbitraryFilter(): fc.Arbitrary<ListAuditInput> {
  const part = fc.constantFrom(...AUDIT_FILTER_FIELDS).chain((field) =>
    fc
      .tuple(
        fc.subarray(VALUES[field], { minLength: 1, maxLength: Math.min(3, VALUES[field].length) }),
        fc.boolean(),
      )
      .map(([values, negated]): ListAuditInput => {
        const given = values.length === 1 ? values[0] : values;
        return { [negated ? `${field}!` : field]: given };
      }),
  );
  const text = fc.constantFrom<ListAuditInput>(
    { q: 'ada' },
    { q: 'ÄÖ' },
    { q: 'äö' },
    { q: '%' },
    { q: '_' },
    { q: 'key.' },
    { q: '10.0' },
    { q: ['a', 'E'] },
    { 'q!': 'ada' },
    { q: 'k', 'q!': ['REVOKED', 'x'] },
  );
  return fc
    .tuple(
      fc.array(part, { maxLength: 3 }),
      fc.option(text, { freq: 3 }),
      fc.constantFrom<ListAuditInput>({}, { access: 'show' }, { synthetic: 'show' }, { is: 'auth_failure' }),
    )
    .map(([parts, q, access]) => Object.assign({}, ...parts, q ?? {}, access));
}
