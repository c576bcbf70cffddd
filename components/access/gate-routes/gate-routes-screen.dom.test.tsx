import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ExplainRouteDto, GateRouteDto, GateRoutesDto } from '@/lib/access/gate-routes/contract';
import { GateRoutesScreen } from './gate-routes-screen';

const route = (more: Partial<GateRouteDto> = {}): GateRouteDto => ({
  name: 'orders',
  line: 12,
  hosts: ['api.example.org'],
  methods: ['POST'],
  paths: ['/orders/**'],
  access: 'scopes',
  scopes: ['orders:write'],
  accept: ['key:x-api-key', 'supabase:cookie'],
  redirect: 'https://login.example.org/',
  preflight: 'deny',
  tenantId: null,
  ...more,
});

function routes(more: Partial<GateRoutesDto> = {}): GateRoutesDto {
  return {
    file: 'security/gate.yaml',
    gateUrl: 'https://gate.example.org',
    hash: 'abcdef012345',
    loadedAt: '2026-11-22T02:00:00.000Z',
    problems: [],
    trustedProxies: ['10.0.0.0/8'],
    routes: [
      route(),
      route({
        name: 'open',
        line: 20,
        access: 'public',
        scopes: [],
        redirect: null,
        preflight: 'deny',
        methods: null,
      }),
    ],
    ...more,
  };
}

function open(data: GateRoutesDto, explained?: ExplainRouteDto): void {
  vi.stubGlobal('fetch', async (url: string) =>
    Response.json(String(url).includes('explain') ? explained : data),
  );
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { staleTime: 60_000 } } })}>
      <GateRoutesScreen initial={data} />
    </QueryClientProvider>,
  );
}
afterEach(() => vi.unstubAllGlobals());

describe('GateRoutesScreen', () => {
  it('shows each route with its line, what it asks for and what it accepts', () => {
    open(routes());
    expect(
      screen.getByText('2 routes, 1 of them public. Requests that match no route are denied.'),
    ).toBeDefined();
    const row = screen.getByRole('row', { name: /^orders/ });
    for (const text of ['orders:write', 'A key as X-API-Key', 'A Supabase session as a cookie', '12'])
      expect(within(row).getByText(text)).toBeDefined();
    const openRow = screen.getByRole('row', { name: /^open/ });
    expect(within(openRow).getByText('Public')).toBeDefined();
    expect(within(openRow).getByText('No credential required')).toBeDefined();
  });

  it('says what is wrong with a new version, and that the old one stays', () => {
    open(routes({ problems: [{ line: 7, column: 3, path: 'routes/0/access', message: 'Write public.' }] }));
    expect(
      screen.getByText('security/gate.yaml is not valid. The previous version is still in effect.'),
    ).toBeDefined();
    expect(screen.getByText('7:3 routes/0/access')).toBeDefined();
  });

  it('says that everything is refused where there is no route', () => {
    open(routes({ routes: [] }));
    expect(screen.getByText('No routes. The gate denies every request from a proxy.')).toBeDefined();
    expect(screen.getByText('No routes defined')).toBeDefined();
  });

  it('answers which route would apply, and why none does', async () => {
    open(routes(), { outcome: 'ambiguous_path', host: 'api.example.org', path: null, route: null });
    await userEvent.type(screen.getByLabelText('Address'), 'api.example.org//x');
    await userEvent.click(screen.getByRole('button', { name: 'Test request' }));
    expect(
      await screen.findByText('Servers may interpret this path differently: denied with 403 AMBIGUOUS_PATH'),
    ).toBeDefined();
  });

  it('shows how to set up each proxy with this gate’s address', async () => {
    open(routes());
    await userEvent.click(screen.getByRole('tab', { name: 'Traefik' }));
    expect(await screen.findByText(/address: https:\/\/gate\.example\.org\/v1\/authorize/)).toBeDefined();
  });
});
