import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { useKeyActions } from '@/components/access/api-keys/list/use-key-actions';
import { testKey, testVersion } from '@/components/access/api-keys/secret/test-key';
import type { KeyDto } from '@/lib/access/api-keys/contract';
import { HOUR_MS, MINUTE_MS } from '@/lib/platform/core/clock';
import { RotationActions } from './rotation-actions';
import { RotationPanel } from './rotation-panel';

const soon = (ms: number) => new Date(Date.now() + ms).toISOString();
const waiting = testKey({
  versions: [
    testVersion({ number: 2, state: 'pending', activatedAt: null, predecessorGraceSeconds: 86_400 }),
    testVersion({
      number: 1,
      allowed24h: 1204,
      refused24h: 3,
      lastUsedAt: soon(-MINUTE_MS),
      lastUsedIp: '10.0.0.5',
    }),
  ],
});
const running = testKey({
  versions: [
    testVersion({ number: 2, activatedAt: soon(-2 * HOUR_MS), lastUsedAt: soon(-MINUTE_MS) }),
    testVersion({
      number: 1,
      state: 'grace',
      graceUntil: soon(22 * HOUR_MS),
      endsAt: soon(22 * HOUR_MS),
      lastUsedAt: soon(-3 * HOUR_MS),
    }),
  ],
});

function Harness({ keyDto, canWrite = true }: { keyDto: KeyDto; canWrite?: boolean }) {
  const actions = useKeyActions();
  return (
    <RotationPanel
      keyDto={keyDto}
      actions={
        canWrite
          ? (rotation) => <RotationActions keyDto={keyDto} rotation={rotation} actions={actions} />
          : undefined
      }
    />
  );
}

function show(keyDto: KeyDto, canWrite = true) {
  const client = new QueryClient();
  const ui = (key: KeyDto) => (
    <QueryClientProvider client={client}>
      <Harness keyDto={key} canWrite={canWrite} />
    </QueryClientProvider>
  );
  const { rerender } = render(ui(keyDto));
  return { user: userEvent.setup(), update: (key: KeyDto) => rerender(ui(key)) };
}

let calls: { url: string; body: unknown }[] = [];
let status = 200;

beforeEach(() => {
  calls = [];
  status = 200;
  vi.stubGlobal('fetch', (url: string, init: RequestInit) => {
    calls.push({ url, body: JSON.parse(String(init.body)) });
    const answer =
      status === 200 ? testKey() : { code: 'conflict', detail: 'It changed meanwhile.', requestId: 'r' };
    return Promise.resolve(Response.json(answer, { status }));
  });
});

afterEach(() => vi.unstubAllGlobals());

describe('RotationPanel', () => {
  it('shows both secrets with their use, and that the clock has not started', () => {
    show(waiting);
    const old = within(screen.getByRole('region', { name: 'Version 1' }));
    expect(old.getByText('blw_live_ab1…xyz1')).toBeTruthy();
    expect(old.getByText(/1,204 allowed/)).toBeTruthy();
    expect(old.getByText(', 3 denied')).toBeTruthy();
    expect(old.getByText('10.0.0.5')).toBeTruthy();
    expect(
      within(screen.getByRole('region', { name: 'Version 2' })).getByText('Pending first use'),
    ).toBeTruthy();
    expect(screen.getByText('Grace period not started')).toBeTruthy();
    expect(screen.getByText('Not safe to retire version 1 yet')).toBeTruthy();
  });

  it('turns into the countdown when the first use arrives, and says so politely', () => {
    const { update } = show(waiting);
    expect(screen.getByRole('status').textContent).toBe('Version 2 waits for its first use.');
    update(running);
    expect(screen.getByTestId('grace-countdown').textContent).toMatch(/21:59:\d\d/);
    expect(screen.getByRole('status').textContent).toBe(
      'Version 2 is in use. Version 1: Less than 24 hours left.',
    );
    expect(screen.getByText('Safe to retire version 1')).toBeTruthy();
  });

  it('shows one secret without a rotation, and none of a revoked key', () => {
    const { update } = show(testKey());
    expect(screen.getByText('No rotation in progress')).toBeTruthy();
    update(testKey({ versions: [testVersion({ state: 'revoked' })] }));
    expect(screen.getByText('This key has no working secret')).toBeTruthy();
  });

  it('offers nothing to who may not write', () => {
    show(waiting, false);
    expect(screen.queryByRole('button')).toBeNull();
  });
});

describe('RotationActions', () => {
  it('revokes the old secret after a question', async () => {
    const { user } = show(running);
    await user.click(screen.getByRole('button', { name: 'Revoke old version' }));
    expect(calls).toHaveLength(0);
    await user.click(screen.getByRole('button', { name: 'Revoke now' }));
    await waitFor(() => expect(calls).toHaveLength(1));
    expect(calls[0]).toEqual({ url: `/api/v1/keys/${running.id}/retire-old`, body: {} });
  });

  it('keeps the question open with the reason when it fails', async () => {
    status = 409;
    const { user } = show(waiting);
    await user.click(screen.getByRole('button', { name: 'Start the clock now' }));
    await user.click(screen.getByRole('button', { name: 'Start the clock' }));
    expect(await screen.findByText('It changed meanwhile.')).toBeTruthy();
    expect(screen.getByRole('alertdialog')).toBeTruthy();
  });

  it('sets a new end, counted from now', async () => {
    const { user } = show(running);
    await user.click(screen.getByRole('button', { name: 'Change end of grace period' }));
    await user.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => expect(calls).toHaveLength(1));
    expect(calls[0]).toEqual({ url: `/api/v1/keys/${running.id}/grace`, body: { grace: '24h' } });
  });

  it('offers cancelling only before the first use', () => {
    const { update } = show(waiting);
    expect(screen.getByRole('button', { name: 'Cancel rotation' })).toBeTruthy();
    update(running);
    expect(screen.queryByRole('button', { name: 'Cancel rotation' })).toBeNull();
  });
});
