import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { TargetDto } from '@/lib/assurance/scanners/contract';
import { TargetDialog } from './target-form';
import { testTarget } from './test-target';

afterEach(() => vi.unstubAllGlobals());

function show(target: TargetDto | null, answer: () => Response = () => Response.json(testTarget())) {
  const sent: { method: string; url: string; ifMatch: string | null; body: Record<string, unknown> }[] = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const ifMatch = new Headers(init.headers).get('if-match');
    sent.push({ method: init.method ?? '', url, ifMatch, body: JSON.parse(String(init.body)) });
    return answer();
  });
  const onClose = vi.fn();
  render(
    <QueryClientProvider client={new QueryClient()}>
      <TargetDialog target={target} onClose={onClose} />
    </QueryClientProvider>,
  );
  return { sent, onClose, user: userEvent.setup() };
}

const save = () => screen.getByRole<HTMLButtonElement>('button', { name: 'Save' });

describe('TargetDialog', () => {
  it('sends nothing before it has a name and an address, then the whole target', async () => {
    const { sent, onClose, user } = show(null);
    expect(save().disabled).toBe(true);
    await user.type(screen.getByLabelText('Asset'), 'web');
    await user.type(screen.getByLabelText('Address'), '   ');
    expect(save().disabled).toBe(true);
    await user.clear(screen.getByLabelText('Address'));
    await user.type(screen.getByLabelText('Address'), 'https://git.example.org/web.git');
    await user.click(save());
    await waitFor(() => expect(onClose).toHaveBeenCalledTimes(1));
    expect(sent).toMatchObject([
      {
        method: 'POST',
        url: '/api/v1/scan-targets',
        body: {
          asset: 'web',
          scanner: 'secretlint',
          kind: 'git',
          location: 'https://git.example.org/web.git',
        },
      },
    ]);
  });

  it('stays open with what was written when it is refused, and says why', async () => {
    const detail = 'A target of the kind path must lie in SCAN_PATHS.';
    const { onClose, user } = show(null, () =>
      Response.json({ code: 'bad_request', detail }, { status: 400 }),
    );
    await user.type(screen.getByLabelText('Asset'), 'web');
    await user.type(screen.getByLabelText('Address'), '/etc');
    await user.click(save());
    expect(await screen.findByText(detail)).toBeTruthy();
    expect(screen.getByLabelText<HTMLInputElement>('Address').value).toBe('/etc');
    expect(onClose).not.toHaveBeenCalled();
  });

  it('changes the version that was read, so that nobody’s change is lost', async () => {
    const detail = 'Somebody else changed it meanwhile.';
    const { sent, user } = show(testTarget({ every: 'week', weekday: 3 }), () =>
      Response.json({ code: 'precondition_failed', detail }, { status: 412 }),
    );
    expect(screen.getByRole('dialog', { name: 'Change target' })).toBeTruthy();
    expect(screen.getByText('Wednesday')).toBeTruthy();
    await user.click(screen.getByRole('switch', { name: /Run by the schedule/ }));
    await user.click(save());
    expect(await screen.findByText(detail)).toBeTruthy();
    expect(sent).toMatchObject([
      { method: 'PATCH', ifMatch: '"4"', body: { isEnabled: false, every: 'week', weekday: 3 } },
    ]);
  });

  it('asks for no branch of an image', () => {
    show(testTarget({ scanner: 'trivy', kind: 'image', location: 'registry.example.org/web:1' }));
    expect(screen.queryByLabelText('Branch')).toBeNull();
  });
});
