import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { ScannerDto, TargetDto } from '@/lib/assurance/scanners/contract';
import { TargetsScreen } from './targets-screen';
import { testRun, testScanner, testTarget } from './test-target';

vi.mock('next/navigation', () => ({ usePathname: () => '/scans/targets' }));
afterEach(() => vi.unstubAllGlobals());

interface Given {
  targets?: TargetDto[];
  scanners?: ScannerDto[];
  rights?: { canWrite: boolean; canRun: boolean };
  /** Answers a path instead of the lists above. */
  answer?: (url: string, method: string) => Response | Promise<Response> | undefined;
}

function show({ targets = [], scanners = [testScanner()], rights, answer }: Given = {}) {
  const writes: string[] = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
    const method = init.method ?? 'GET';
    if (method !== 'GET') writes.push(`${method} ${url}`);
    const own = await answer?.(url, method);
    if (own) return own;
    if (url.includes('/scanners')) return Response.json({ items: scanners, nextCursor: null });
    if (url.includes('/runs')) return Response.json({ items: [testRun()], nextCursor: null });
    if (url.includes('/log')) return Response.json({ items: [], last: 0, isOpen: false });
    if (method === 'GET') return Response.json({ items: targets, nextCursor: null });
    return Response.json(targets[0] ?? {});
  });
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <TargetsScreen {...(rights ?? { canWrite: true, canRun: true })} />
    </QueryClientProvider>,
  );
  return { writes, user: userEvent.setup() };
}

describe('TargetsScreen', () => {
  it('without a target says what to do, once it knows that there is none', async () => {
    let arrive: (response: Response) => void = () => undefined;
    const late = new Promise<Response>((resolve) => {
      arrive = resolve;
    });
    const { user } = show({ answer: (url) => (url.includes('/scan-targets') ? late : undefined) });
    expect(await screen.findByText(/secretlint 13\.0\.2/)).toBeTruthy();
    expect(screen.queryByText('No scan targets yet')).toBeNull();
    arrive(Response.json({ items: [], nextCursor: null }));
    expect(await screen.findByText('No scan targets yet')).toBeTruthy();
    await user.click(screen.getByRole('button', { name: 'Add target' }));
    expect(await screen.findByRole('dialog', { name: 'Add target' })).toBeTruthy();
  });

  it('says when the list cannot be read, and asks again', async () => {
    let isDown = true;
    const { user } = show({
      targets: [testTarget()],
      answer: (url) =>
        isDown && url.includes('/scan-targets')
          ? Response.json({ code: 'unavailable', detail: 'The database is away.' }, { status: 503 })
          : undefined,
    });
    expect(await screen.findByText('The database is away.')).toBeTruthy();
    expect(screen.queryByText('No scan targets yet')).toBeNull();
    isDown = false;
    await user.click(screen.getByRole('button', { name: /again/i }));
    expect(await screen.findByText('web: secretlint')).toBeTruthy();
    expect(screen.queryByText('The database is away.')).toBeNull();
  });

  it('shows a long name whole to whoever points at it, and why a run failed', async () => {
    const asset = `payments-${'x'.repeat(180)}`;
    const location = `https://git.example.org/${'deep/'.repeat(80)}web.git`;
    const sentence = 'Could not clone the repository. See the run log.';
    show({
      targets: [
        testTarget({ asset, location, lastRun: testRun({ status: 'failed', sentence, scan: null }) }),
      ],
    });
    const name = await screen.findByText(`${asset}: secretlint`);
    expect(name.getAttribute('title')).toBe(`${asset}: secretlint`);
    expect(screen.getByText(location).getAttribute('title')).toBe(location);
    expect(screen.getByText('Failed')).toBeTruthy();
    expect(screen.getByText(sentence)).toBeTruthy();
  });

  it('offers no act to whoever may only read', async () => {
    show({ targets: [testTarget()], rights: { canWrite: false, canRun: false } });
    const row = (await screen.findByText('web: secretlint')).closest('li');
    if (!row) throw new Error('no row');
    expect(
      within(row)
        .getAllByRole('button')
        .map(({ textContent }) => textContent),
    ).toEqual(['Log']);
    expect(screen.queryByRole('button', { name: 'Add target' })).toBeNull();
  });

  it('does not offer a run while one is under way', async () => {
    show({ targets: [testTarget({ lastRun: testRun({ status: 'running', scan: null, sentence: null }) })] });
    expect(await screen.findByText('Running')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Run now' })).toBeNull();
  });

  it('runs now, and opens the log of it', async () => {
    const { writes, user } = show({ targets: [testTarget()] });
    await user.click(await screen.findByRole('button', { name: 'Run now' }));
    expect(await screen.findByRole('log', { name: 'Log of the run' })).toBeTruthy();
    expect(writes).toEqual([`POST /api/v1/scan-targets/${testTarget().id}/run`]);
  });

  it('asks before it deletes, and deletes nothing when that is declined', async () => {
    const { writes, user } = show({ targets: [testTarget()] });
    const open = async () => {
      await user.click(await screen.findByRole('button', { name: 'More for web' }));
      await user.click(await screen.findByRole('menuitem', { name: 'Delete target' }));
      return within(await screen.findByRole('alertdialog'));
    };
    const first = await open();
    expect(first.getByText(/Its runs, logs and findings are kept/)).toBeTruthy();
    await user.click(first.getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(screen.queryByRole('alertdialog')).toBeNull());
    expect(writes).toEqual([]);
    await user.click((await open()).getByRole('button', { name: 'Delete target' }));
    await waitFor(() => expect(writes).toEqual([`POST /api/v1/scan-targets/${testTarget().id}/delete`]));
  });

  it('says what a scanner lacks, with the command that brings it', async () => {
    const problem = 'Trivy is not installed on the worker. Install it with "get trivy".';
    show({
      scanners: [
        testScanner({
          key: 'trivy',
          name: 'Trivy',
          state: 'not_installed',
          version: null,
          problem,
          install: 'get trivy',
        }),
        testScanner({ key: 'snyk', name: 'Snyk', state: 'unknown', version: null }),
        testScanner({ state: 'incomplete', problem: 'Git is not installed on the worker.' }),
      ],
    });
    expect(await screen.findByText('Trivy is not installed on the worker.')).toBeTruthy();
    expect(screen.getByText('get trivy')).toBeTruthy();
    expect(screen.getByText('Setup incomplete')).toBeTruthy();
    expect(screen.getByText('Not checked yet')).toBeTruthy();
    expect(screen.getAllByRole('button', { name: 'Copy command' })).toHaveLength(1);
  });
});
