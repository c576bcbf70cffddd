import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useRef, useState } from 'react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { keyKeys } from '@/components/access/api-keys/api-keys.queries';
import { testKey } from '@/components/access/api-keys/secret/test-key';
import type { KeyWithSecretDto } from '@/lib/access/api-keys/contract';
import { PERMISSION_NAMES } from '@/lib/platform/auth/contract';
import { CreateFlow } from './create-flow';

const secret = 'blw_live_ab1cDeFgHiJkLmNoPqRsTuVwXyZ01234';
const created: KeyWithSecretDto = { key: testKey({ name: 'ci' }), version: 1, secret, replayed: false };
const SELF = '01930000-0000-7000-8000-0000000000bb';

interface Call {
  body: Record<string, unknown>;
  idempotencyKey: string | null;
}

let calls: Call[] = [];
let answers: Response[] = [];
let client: QueryClient;

function problem(status: number, detail: string, more: object = {}): Response {
  return Response.json({ status, code: 'x', detail, requestId: 'req-7', ...more }, { status });
}

function Harness() {
  const [open, setOpen] = useState(true);
  const opener = useRef<HTMLButtonElement>(null);
  return (
    <QueryClientProvider client={client}>
      <button ref={opener} type="button">
        Opener
      </button>
      <CreateFlow
        returnFocus={opener}
        open={open}
        onOpenChange={setOpen}
        owners={[{ userId: SELF, name: 'Ada' }]}
        selfId={SELF}
        grantable={PERMISSION_NAMES}
        origins={{ gateUrl: 'http://gate.test', consoleUrl: 'http://console.test' }}
      />
    </QueryClientProvider>
  );
}

async function fillAndSend(user: ReturnType<typeof userEvent.setup>) {
  await user.type(screen.getByLabelText('Name'), 'ci');
  await user.click(screen.getByRole('button', { name: 'Create key' }));
}

beforeEach(() => {
  calls = [];
  client = new QueryClient();
  vi.stubGlobal('fetch', (_url: string, init: RequestInit) => {
    const headers = new Headers(init.headers);
    calls.push({ body: JSON.parse(String(init.body)), idempotencyKey: headers.get('idempotency-key') });
    return Promise.resolve(answers.shift() ?? Response.json(created, { status: 201 }));
  });
});

afterEach(() => {
  answers = [];
  client.clear();
  vi.unstubAllGlobals();
});

describe('CreateFlow', () => {
  it('asks for least scopes and an expiry unless told otherwise', async () => {
    const user = userEvent.setup();
    render(<Harness />);
    await fillAndSend(user);
    await screen.findByText('Store the secret of ci');
    const body = calls[0]?.body;
    expect(body).toMatchObject({
      name: 'ci',
      environment: 'live',
      scopes: ['gate:verify'],
      ownerUserId: SELF,
    });
    const days = (Date.parse(String(body?.expiresAt)) - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(90);
  });

  it('refuses an empty name beside the field and sends nothing', async () => {
    const user = userEvent.setup();
    render(<Harness />);
    await user.click(screen.getByRole('button', { name: 'Create key' }));
    expect(await screen.findByText('Enter a name for the key.')).toBeTruthy();
    expect(calls).toHaveLength(0);
  });

  it('repeats the Idempotency-Key for the same content and changes it for another', async () => {
    const user = userEvent.setup();
    answers = [problem(409, 'Busy.'), problem(409, 'Busy.')];
    render(<Harness />);
    await fillAndSend(user);
    expect(await screen.findByText('Busy.')).toBeTruthy();
    expect(screen.getByText('req-7')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Create key' }));
    await waitFor(() => expect(calls).toHaveLength(2));
    await waitFor(() => expect(screen.getByText('Busy.')).toBeTruthy());
    await user.type(screen.getByLabelText('Name'), '-2');
    await user.click(screen.getByRole('button', { name: 'Create key' }));
    await waitFor(() => expect(calls).toHaveLength(3));
    const keys = calls.map(({ idempotencyKey }) => idempotencyKey);
    expect(keys[0]).toBeTruthy();
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  it('puts a field error of the server beside its field', async () => {
    const user = userEvent.setup();
    answers = [problem(400, 'No.', { errors: [{ path: 'name', message: 'This name is taken.' }] })];
    render(<Harness />);
    await fillAndSend(user);
    expect(await screen.findByText('This name is taken.')).toBeTruthy();
  });

  it('refreshes the list only when the secret dialog closes, and keeps the secret nowhere', async () => {
    const user = userEvent.setup();
    client.setQueryData([...keyKeys.list, 'rows'], 'before');
    const isStale = () => client.getQueryState([...keyKeys.list, 'rows'])?.isInvalidated;
    render(<Harness />);
    await fillAndSend(user);
    const dialog = await screen.findByRole('dialog', { name: 'Store the secret of ci' });
    expect(isStale()).toBe(false);
    await user.click(within(dialog).getByRole('checkbox', { name: 'I have stored the secret' }));
    await user.click(within(dialog).getByRole('button', { name: 'Done' }));
    await waitFor(() => expect(screen.queryByText('Store the secret of ci')).toBeNull());
    expect(isStale()).toBe(true);
    await waitFor(() => expect(document.activeElement?.textContent).toBe('Opener'));
    await waitFor(() =>
      expect(
        JSON.stringify(
          client
            .getMutationCache()
            .getAll()
            .map((m) => m.state),
        ),
      ).not.toContain(secret),
    );
    expect(document.documentElement.outerHTML).not.toContain(secret);
  });
});
