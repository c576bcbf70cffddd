import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ScanBody } from './scan-peek';
import { testScan } from './test-scan';

const held = testScan({
  status: 'held',
  reasons: ['The report is empty, and 41 findings were open.'],
  counts: { found: 0, new: 0, reopened: 0, changed: 0, unchanged: 0, fixed: 0, held: 41 },
});

function show(canDecide: boolean, answer: () => Response = () => Response.json(held)) {
  const calls: { url: string; body: unknown }[] = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    calls.push({ url, body: JSON.parse(String(init.body)) });
    return answer();
  });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <ScanBody scan={held} canDecide={canDecide} canSeeFindings={false} />
    </QueryClientProvider>,
  );
  return { calls, user: userEvent.setup() };
}

afterEach(() => vi.unstubAllGlobals());

describe('a held run', () => {
  it('says why, and is confirmed with a reason', async () => {
    const { calls, user } = show(true);
    expect(screen.getByText('The report is empty, and 41 findings were open.')).toBeTruthy();
    await user.type(screen.getByLabelText(/Reason/), ' service retired ');
    await user.click(screen.getByRole('button', { name: 'Confirm and close 41 findings' }));
    await waitFor(() =>
      expect(calls).toEqual([
        {
          url: `/api/v1/scans/${held.id}/decision`,
          body: { verdict: 'confirm', reason: 'service retired' },
        },
      ]),
    );
  });

  it('is rejected without a reason, and says when that did not work', async () => {
    const { calls, user } = show(true, () =>
      Response.json({ code: 'conflict', detail: 'The scan is not held: it is rejected.' }, { status: 409 }),
    );
    await user.click(screen.getByRole('button', { name: 'Reject scan' }));
    expect(await screen.findByText('The scan is not held: it is rejected.')).toBeTruthy();
    expect(calls[0]?.body).toEqual({ verdict: 'reject' });
  });

  it('offers no decision to whoever may not decide', () => {
    show(false);
    expect(screen.getByText('Why this scan is held')).toBeTruthy();
    expect(screen.queryByRole('button')?.textContent ?? '').not.toMatch(/Confirm|Reject/);
  });
});
