import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { LogDto, RunDto } from '@/lib/assurance/scanners/contract';
import { RunDrawer } from './run-drawer';
import { testRun, testTarget } from './test-target';

afterEach(() => vi.unstubAllGlobals());

const line = (number: number, text: string): LogDto['items'][number] => ({
  number,
  at: '2026-11-21T12:00:01.000Z',
  source: 'scanner',
  line: text,
});

interface Given {
  runs?: RunDto[];
  log?: (after: number) => LogDto;
  canRun?: boolean;
  isDown?: boolean;
}

function show({ runs = [], log, canRun = true, isDown = false }: Given = {}) {
  const writes: string[] = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit = {}) => {
    if (init.method && init.method !== 'GET') writes.push(url);
    if (isDown)
      return Response.json({ code: 'unavailable', detail: 'The database is away.' }, { status: 503 });
    if (url.includes('/log')) {
      const after = Number(new URL(url, 'http://x').searchParams.get('after'));
      return Response.json(log?.(after) ?? { items: [], last: 0, isOpen: false });
    }
    if (url.includes('/cancel')) return Response.json(testRun({ status: 'running', isCancelling: true }));
    return Response.json({ items: runs, nextCursor: null });
  });
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <RunDrawer target={testTarget()} canRun={canRun} onClose={vi.fn()} />
    </QueryClientProvider>,
  );
  return { writes, user: userEvent.setup() };
}

const running = testRun({ status: 'running', scan: null, sentence: null, finishedAt: null });

describe('RunDrawer', () => {
  it('says that a target was never scanned', async () => {
    show();
    expect(await screen.findByText(/This target has not been scanned/)).toBeTruthy();
    expect(screen.queryByRole('log')).toBeNull();
  });

  it('says when the runs cannot be read, and not that there are none', async () => {
    show({ isDown: true });
    expect(await screen.findByText('The database is away.')).toBeTruthy();
    expect(screen.queryByText(/This target has not been scanned/)).toBeNull();
  });

  it('grows line by line, each once', async () => {
    const asked: number[] = [];
    show({
      runs: [running],
      log: (after) => {
        asked.push(after);
        return after === 0
          ? { items: [line(1, 'one')], last: 1, isOpen: true }
          : { items: [line(2, `two ${'long'.repeat(400)}`)], last: 2, isOpen: false };
      },
    });
    expect(await screen.findByText('one')).toBeTruthy();
    expect(await screen.findByText(/^two /)).toBeTruthy();
    expect(screen.getAllByText('one')).toHaveLength(1);
    expect(asked).toEqual([0, 1]);
  });

  it('shows what a scanner prints as text, whatever it is', async () => {
    const hostile = '<img src=x onerror="alert(1)">';
    show({ runs: [testRun()], log: () => ({ items: [line(1, hostile)], last: 1, isOpen: false }) });
    expect(await screen.findByText(hostile)).toBeTruthy();
    expect(document.querySelector('[role=log] img')).toBeNull();
  });

  it('stops a run, which a reader may not', async () => {
    const { writes, user } = show({ runs: [running] });
    await user.click(await screen.findByRole('button', { name: 'Stop run' }));
    await waitFor(() => expect(writes).toEqual([`/api/v1/scanner-runs/${running.id}/cancel`]));
  });

  it('offers no stop to a reader, nor of a run that ended', async () => {
    show({ runs: [running], canRun: false });
    expect(await screen.findByText('Running')).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Stop run' })).toBeNull();
  });

  it('leads to what became of the report, and says how a failed run ended', async () => {
    const sentence = 'The worker stopped during this run twice. Check the worker, then run it again.';
    show({ runs: [testRun({ status: 'failed', sentence, scan: null })] });
    expect(await screen.findByText(sentence)).toBeTruthy();
    expect(screen.queryByRole('link', { name: /what became of the report/ })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Stop run' })).toBeNull();
  });
});
