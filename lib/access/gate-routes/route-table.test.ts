import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileError } from '@/lib/platform/core/yaml-file';
import { DEFAULT_TENANT_ID } from '@/lib/platform/tenancy/contract';
import { parseGatePolicy } from './route-table';

const TENANT = '0192a000-0000-7000-8000-000000000001';

function tableOf(routes: string) {
  return parseGatePolicy(`version: 1\nroutes:\n${routes}`, 'gate.yaml').table;
}

function problemsOf(text: string): string[] {
  try {
    parseGatePolicy(text, 'gate.yaml');
  } catch (error) {
    if (error instanceof FileError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const table = tableOf(`
  - { name: health, methods: [GET, HEAD], path: /healthz, access: public }
  - { name: admin, host: [api.example.org, '*.internal.example.org'], path: /admin/**, access: { scopes: ['a:b', 'c:d'] } }
  - { name: read, host: api.example.org, methods: [GET], path: [/orders/*, /users], access: authenticated }
  - { name: rest, host: api.example.org, path: /**, access: public }
`);

function found(host: string, method: string, path: string): string {
  const match = table.match(host, method, path);
  return 'route' in match ? match.route.name : match.refusal;
}

describe('RouteTable', () => {
  it.each([
    ['any.example.net', 'GET', '/healthz', 'health'],
    ['any.example.net', 'POST', '/healthz', 'no_route'],
    ['any.example.net', 'GET', '/healthz/', 'health'],
    ['any.example.net', 'GET', '/', 'no_route'],
    ['api.example.org', 'GET', '/admin', 'admin'],
    ['a.b.internal.example.org', 'DELETE', '/admin/x/y', 'admin'],
    ['internal.example.org', 'GET', '/admin', 'no_route'],
    ['api.example.org', 'GET', '/orders/7', 'read'],
    ['api.example.org', 'PUT', '/orders/7', 'rest'],
    ['api.example.org', 'GET', '/users/', 'read'],
    ['api.example.org', 'GET', '/orders/AbC', 'read'],
    ['api.example.org', 'GET', '/ADMIN/x', 'ambiguous_case'],
    ['api.example.org', 'GET', '/Orders/7', 'ambiguous_case'],
    ['api.example.org', 'GET', '/Else', 'rest'],
  ])('%s %s %s: %s', (host, method, path, name) => expect(found(host, method, path)).toBe(name));

  it('sees what a server without regard to case would see, also where the pattern has capitals', () => {
    const capital = tableOf(`
  - { name: own, path: /Admin/**, access: authenticated }
  - { name: rest, path: /**, access: public }
`);
    expect(capital.match('h', 'GET', '/admin/x')).toEqual({ refusal: 'ambiguous_case' });
    expect(capital.match('h', 'GET', '/Admin/x')).toMatchObject({ route: { name: 'own' } });
  });

  it('knows where a route stands, what it accepts and whose credentials', () => {
    expect(table.routes.map(({ line }) => line)).toEqual([4, 5, 6, 7]);
    expect(table.routes[1]).toMatchObject({
      access: 'scopes',
      scopes: ['a:b', 'c:d'],
      tenantId: DEFAULT_TENANT_ID,
    });
    expect([...(table.routes[1]?.accepts ?? [])]).toEqual(['key:x-api-key', 'key:proxy-authorization']);
    const { routes } = parseGatePolicy(
      `version: 1\ntenant: ${TENANT}\nroutes:\n- { name: a, path: /, access: public, tenant: any }\n- { name: b, path: /, access: public }\n`,
      'gate.yaml',
    ).table;
    expect(routes.map(({ tenantId, homeTenantId }) => [tenantId, homeTenantId])).toEqual([
      [null, DEFAULT_TENANT_ID],
      [TENANT, TENANT],
    ]);
  });
});

describe('the file', () => {
  it('that Bulwark comes with is valid, and lets nothing through but its own self-test', () => {
    const file = join(process.cwd(), 'security/gate.yaml');
    const { table: shipped } = parseGatePolicy(readFileSync(file, 'utf8'), file);
    expect(shipped.routes.map(({ name }) => name)).toEqual(['limit-self-test']);
    expect(shipped.match('localhost', 'GET', '/')).toEqual({ refusal: 'no_route' });
  });

  it('is valid with the examples in its comments', () => {
    const file = join(process.cwd(), 'security/gate.yaml');
    const text = readFileSync(file, 'utf8');
    const examples = text
      .split('\n')
      .filter((line) => /^# {3}( {2}|- )/.test(line) && /^# {3}- name|^# {5}\w+:/.test(line));
    const { routes } = tableOf(examples.map((line) => line.slice(2)).join('\n'));
    expect(routes.map(({ name }) => name)).toEqual(['health', 'orders-write', 'api', 'app']);
  });

  it.each([
    ['version: 2\n', 'gate.yaml:1:10: version: The file must contain version: 1.'],
    [
      'version: 1\nroute: []\n',
      'gate.yaml:2:1: Unknown field route. Allowed fields: version, trustedProxies, tenant, routes.',
    ],
    [
      'version: 1\ntrustedProxies: [10.0.0.0/33]\n',
      'gate.yaml:2:18: trustedProxies/0: Enter an IP address or CIDR range such as 10.0.0.0/8.',
    ],
    [
      'version: 1\nroutes:\n  - name: a\n    path: //x\n    access: public\n',
      'gate.yaml:4:11: routes/0/path: Enter a path such as /orders, /orders/* (one segment) or /orders/** (everything below).',
    ],
    [
      'version: 1\nroutes:\n  - name: a\n    path: /x\n    access: anyone\n',
      'gate.yaml:5:13: routes/0/access: Enter public, authenticated, or scopes: [orders:read].',
    ],
    [
      'version: 1\nroutes:\n  - name: a\n    path: /x\n    access: public\n    accept: [cookie]\n',
      'gate.yaml:6:14: routes/0/accept/0: Allowed are key:x-api-key, key:bearer, key:proxy-authorization, supabase:bearer, supabase:cookie.',
    ],
    [
      'version: 1\nroutes:\n  - { name: a, path: /x, access: public }\n  - { name: a, path: /y, access: public }\n',
      'gate.yaml:4:13: routes/1/name: Another route has this name.',
    ],
    [
      'version: 1\nroutes:\n  - name: a\n    path: /x\n    access: public\n    redirect: javascript:alert(1)\n',
      'gate.yaml:6:15: routes/0/redirect: Enter a sign-in page URL, such as https://login.example.org/.',
    ],
    [
      'version: 1\nroutes:\n  - name: a\n    path: /x\n',
      'gate.yaml:3:5: routes/0/access: Enter public, authenticated, or scopes: [orders:read].',
    ],
  ])('%j is refused with line and column', (text, problem) => expect(problemsOf(text)).toEqual([problem]));
});
