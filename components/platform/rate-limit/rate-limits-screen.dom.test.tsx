import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LimitRuleDto, RateLimitsDto } from '@/lib/platform/rate-limit/contract';
import { RateLimitsScreen } from './rate-limits-screen';

const rule = (more: Partial<RateLimitsDto['rules'][number]> = {}): RateLimitsDto['rules'][number] => ({
  name: 'orders',
  description: 'The order service.',
  line: 12,
  at: ['gate'],
  match: { methods: ['POST'], hosts: null, paths: ['/orders/**'] },
  per: ['key', 'ip'],
  counts: 'requests',
  windows: [
    { name: 'orders/1m', quota: 1_000, windowSeconds: 60, line: 14 },
    { name: 'orders/1h', quota: 9_000, windowSeconds: 3_600, line: 15 },
  ],
  cost: 2,
  mode: 'enforce',
  onStoreFailure: 'closed',
  refused: 0,
  refusedHref: '/audit?deniedBy=orders&access=show',
  shadowed: 0,
  shadowedHref: '/audit?shadowedBy=orders&access=show',
  ...more,
});

function limits(
  more: Partial<RateLimitsDto> = {},
  state: Partial<RateLimitsDto['state']> = {},
): RateLimitsDto {
  return {
    asOf: '2026-11-22T02:00:00.000Z',
    state: {
      store: 'redis',
      since: '2026-11-22T01:00:00.000Z',
      storeError: null,
      fallbacks: 0,
      fallbackShare: 0.5,
      subjects: 0,
      file: 'security/rate-limit.yaml',
      sha256: 'a'.repeat(64),
      loadedAt: '2026-11-22T01:00:00.000Z',
      problems: [],
      ...state,
    },
    rules: [rule()],
    searchedTo: null,
    refused: 0,
    refusedHref: '/audit?code=RATE_LIMITED&access=show',
    shadowed: 0,
    violations: [],
    topSubjects: [],
    ...more,
  };
}

function show(initial: RateLimitsDto, explained: unknown = { file: 'x', rules: [] }, status = 200) {
  const calls: { url: string; body: unknown }[] = [];
  vi.stubGlobal('fetch', async (input: string, init?: RequestInit) => {
    calls.push({ url: String(input), body: init?.body ? JSON.parse(String(init.body)) : null });
    return Response.json(String(input).endsWith('/explain') ? explained : initial, { status });
  });
  const client = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 60_000 } } });
  render(
    <QueryClientProvider client={client}>
      <RateLimitsScreen initial={initial} />
    </QueryClientProvider>,
  );
  return { calls, user: userEvent.setup() };
}

afterEach(() => vi.unstubAllGlobals());

describe('RateLimitsScreen', () => {
  it('shows what is in force, from which line, and that nothing was refused', () => {
    show(limits());
    expect(
      screen.getByText(/1 limit active, counted in Redis. No requests denied in the last hour/),
    ).toBeTruthy();
    const cells = screen.getAllByRole('row')[1]?.textContent;
    expect(cells).toContain('1,000 per 1m');
    expect(cells).toContain('9,000 per 1h');
    expect(cells).toContain('each counts 2');
    expect(cells).toContain('key, else address');
    expect(cells).toContain('At the gate · POST · /orders/**');
    expect(cells).toContain('Answers 503');
    expect(cells).toContain('12');
    expect(screen.getByText('No requests were rate limited in the last hour')).toBeTruthy();
  });

  it('says that Redis is gone since when, with the cap, and where a new file is wrong', () => {
    const problems = [{ line: 7, column: 11, message: 'must be enforce or shadow' }];
    show(limits({}, { store: 'fallback', storeError: 'Redis did not answer within 60 ms', problems }));
    expect(screen.getByText(/Each process allows 50% of each quota/).textContent).toContain('within 60 ms');
    expect(screen.getByRole('alert').textContent).toContain('7:11 must be enforce or shadow');
    expect(screen.getByText(/has errors. The previous version is still in effect/)).toBeTruthy();
  });

  it('leads from every number to its rows, and marks shadow limits', () => {
    const id = '01920000-0000-7000-8000-000000000001';
    show(
      limits({
        rules: [rule({ refused: 3 }), rule({ name: 'trial', mode: 'shadow', shadowed: 8 })],
        refused: 3,
        violations: [
          {
            id,
            at: '2026-11-22T01:59:00.000000Z',
            limit: 'orders/1m',
            actor: 'ci',
            keyId: id,
            ip: '192.0.2.1',
            method: 'POST',
            host: null,
            path: '/orders',
          },
        ],
        topSubjects: [
          {
            label: 'ci',
            href: `/audit?code=RATE_LIMITED&access=show&key=${id}`,
            limit: 'orders/1m',
            refused: 3,
            lastAt: '2026-11-22T01:59:00.000000Z',
          },
        ],
      }),
    );
    const [ruleLink, subjectLink] = screen.getAllByRole('link', { name: '3' });
    expect(ruleLink?.getAttribute('href')).toBe('/audit?deniedBy=orders&access=show');
    expect(subjectLink?.getAttribute('href')).toContain(`key=${id}`);
    expect(screen.getByText('Shadow')).toBeTruthy();
    const [shadowLink] = screen.getAllByRole('link', { name: /^8 would be denied/ });
    expect(shadowLink?.getAttribute('href')).toBe('/audit?shadowedBy=orders&access=show');
    const [violation] = screen
      .getAllByRole('link')
      .filter((link) => link.getAttribute('href')?.includes('open='));
    expect(violation?.getAttribute('href')).toBe(`/audit?code=RATE_LIMITED&access=show&open=${id}`);
  });

  it('says what would apply to a request, and why the others do not', async () => {
    const { refused: _r, refusedHref: _rh, shadowed: _s, shadowedHref: _sh, ...plain } = rule();
    const other: LimitRuleDto = { ...plain, name: 'console', line: 30 };
    const { user, calls } = show(limits(), {
      file: 'security/rate-limit.yaml',
      rules: [
        { rule: plain, miss: null, subject: 'ip:192.0.2.1' },
        { rule: other, miss: 'plane', subject: null },
      ],
    });
    await user.clear(screen.getByLabelText('Path'));
    await user.type(screen.getByLabelText('Path'), '/orders/7');
    await user.type(screen.getByLabelText('Address'), '192.0.2.1');
    await user.click(screen.getByRole('button', { name: 'Test request' }));
    await waitFor(() => expect(screen.getByText('1 of 2 limits apply.')).toBeTruthy());
    expect(calls.at(-1)).toEqual({
      url: '/api/v1/policies/rate-limits/explain',
      body: { at: 'gate', method: 'GET', host: '', path: '/orders/7', ip: '192.0.2.1', user: '', key: '' },
    });
    expect(screen.getByText('ip:192.0.2.1')).toBeTruthy();
    expect(screen.getByText('Applies to the other surface (console or gate)')).toBeTruthy();
  });

  it('puts what is wrong with the request at its field', async () => {
    const problem = {
      code: 'bad_request',
      detail: 'Not valid.',
      requestId: 'r',
      errors: [{ path: 'ip', message: 'Give one address.' }],
    };
    const { user } = show(limits(), problem, 400);
    await user.click(screen.getByRole('button', { name: 'Test request' }));
    expect(await screen.findByText('Give one address.')).toBeTruthy();
  });
});
