import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { NuqsTestingAdapter } from 'nuqs/adapters/testing';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FindingDetailDto } from '@/lib/assurance/findings/contract';
import { DecideDialog } from './decide-dialog';
import { FindingBody } from './finding-peek';
import { testDetail, testFinding } from './test-finding';

const calls: { url: string; method: string; body: unknown; ifMatch: string | null }[] = [];

const OWNERS = [{ userId: '01970000-0000-7000-8000-0000000000b0', name: 'Bob' }];

function serve(answer: unknown): QueryClient {
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    if (url.endsWith('/findings/owners')) return Response.json({ items: OWNERS });
    calls.push({
      url,
      method: init.method ?? 'GET',
      body: init.body === undefined ? null : JSON.parse(String(init.body)),
      ifMatch: new Headers(init.headers).get('if-match'),
    });
    return Response.json(answer);
  });
  return new QueryClient();
}

function open(detail: FindingDetailDto, canDecide = false) {
  return render(
    <NuqsTestingAdapter>
      <QueryClientProvider client={serve(detail)}>
        <FindingBody finding={detail.finding} canDecide={canDecide} />
      </QueryClientProvider>
    </NuqsTestingAdapter>,
  );
}

afterEach(() => {
  calls.length = 0;
  vi.unstubAllGlobals();
});

const PAYLOAD = '<img src=x onerror="alert(1)"> [click](javascript:alert(2)) **bold**';

describe('FindingBody', () => {
  it('lets somebody who may decide assign it', async () => {
    const detail = testDetail();
    open(detail, true);
    await userEvent.click(await screen.findByRole('button', { name: 'Unassigned; assign owner' }));
    await userEvent.click(await screen.findByRole('menuitem', { name: 'Bob' }));
    await waitFor(() =>
      expect(calls).toContainEqual(
        expect.objectContaining({
          method: 'POST',
          body: { ids: [detail.finding.id], owner: OWNERS[0]?.userId },
        }),
      ),
    );
  });

  it('keeps whatever a hostile report says as text', async () => {
    const { container } = open(
      testDetail({
        finding: testFinding({
          title: PAYLOAD,
          ruleId: '<script>1</script>',
          path: PAYLOAD,
          package: PAYLOAD,
        }),
        description: `<svg onload=alert(3)>${PAYLOAD}`,
        references: [
          'javascript:alert(4)',
          'JaVaScRiPt:alert(5)',
          'data:text/html,<script>alert(6)</script>',
          '//evil.example',
          'https://nvd.example.org/CVE-1?a="><script>7</script>',
        ],
        sightings: [
          {
            tool: 'trivy',
            category: PAYLOAD,
            branch: '<b>main</b>',
            firstSeenAt: '2026-11-01T00:00:00Z',
            goneAt: null,
            occurrences: [{ path: PAYLOAD, line: 3 }],
          },
        ],
      }),
    );
    await screen.findByText('References');
    expect(screen.getAllByText(PAYLOAD).length).toBeGreaterThan(1);
    expect(container.querySelectorAll('img, script, b, strong, svg[onload], [onerror]')).toHaveLength(0);
    const links = screen.getAllByRole('link');
    expect(links.map((link) => new URL(link.getAttribute('href') ?? '').origin)).toEqual([
      'https://nvd.example.org',
    ]);
    expect(links[0]?.getAttribute('rel')).toBe('noopener noreferrer nofollow');
    expect(screen.getByText('javascript:alert(4)').closest('a')).toBeNull();
  });

  it('lets somebody who may decide approve what another asks for', async () => {
    const asked = {
      id: '01930000-0000-7000-8000-0000000000aa',
      state: 'requested' as const,
      reason: 'Behind the firewall',
      until: '2027-01-01T00:00:00Z',
      requestedBy: 'Ada',
      requestedAt: '2026-11-20T00:00:00Z',
      decidedBy: null,
      decidedAt: null,
      comment: null,
    };
    open(testDetail({ acceptances: [asked] }), true);
    await userEvent.setup().click(await screen.findByRole('button', { name: 'Approve' }));
    await waitFor(() => expect(calls.some(({ method }) => method === 'POST')).toBe(true));
    expect(calls.find(({ method }) => method === 'POST')).toMatchObject({
      url: `/api/v1/findings/${testFinding().id}/acceptance`,
      body: { verdict: 'approve' },
    });
  });
});

describe('DecideDialog', () => {
  it('wants a reason before it asks, and says whose version it changes', async () => {
    const onClose = vi.fn();
    render(
      <QueryClientProvider client={serve(testFinding())}>
        <DecideDialog subject={{ findings: [testFinding()] }} onClose={onClose} />
      </QueryClientProvider>,
    );
    const user = userEvent.setup();
    await user.click(screen.getByRole('button', { name: 'Request approval' }));
    expect(await screen.findByText('Say why.')).toBeDefined();
    expect(calls).toEqual([]);
    await user.type(screen.getByLabelText(/Reason/), 'Not reachable');
    await user.click(screen.getByRole('button', { name: 'Request approval' }));
    await waitFor(() => expect(onClose).toHaveBeenCalled());
    expect(calls[0]).toMatchObject({
      method: 'PATCH',
      ifMatch: '"3"',
      body: { decision: 'accepted', reason: 'Not reachable' },
    });
  });

  it('sends many at once', async () => {
    const others = [testFinding(), testFinding({ id: '01930000-0000-7000-8000-00000000000c' })];
    render(
      <QueryClientProvider
        client={serve({ changed: [], unchanged: [], failed: [], undo: [], nextCursor: null })}
      >
        <DecideDialog subject={{ findings: others }} onClose={() => undefined} />
      </QueryClientProvider>,
    );
    const user = userEvent.setup();
    await user.type(screen.getByLabelText(/Reason/), 'Later');
    await user.click(screen.getByRole('button', { name: 'Request approval' }));
    await waitFor(() => expect(calls).toHaveLength(1));
    expect(calls[0]).toMatchObject({
      url: '/api/v1/findings/bulk',
      body: { ids: others.map(({ id }) => id) },
    });
  });
});
