import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Toaster } from '@/components/ui/toast';
import type { BulkDecisionDto, UndoDto } from '@/lib/assurance/findings/bulk-contract';
import { DecideDialog } from './decide-dialog';

const posts: unknown[] = [];
const id = (n: number) => `01930000-0000-7000-8000-${String(n).padStart(12, '0')}`;
const undoOf = (n: number): UndoDto => ({ ids: [id(n)], change: { decision: 'none' }, ifDecidedAt: null });
const part = (n: number, nextCursor: string | null): BulkDecisionDto => ({
  ...{ changed: [id(n)], unchanged: [], failed: [], undo: [undoOf(n)], nextCursor },
});
const problem = (status: number, detail: string, headers = {}) =>
  Response.json({ code: 'x', detail }, { status, headers });

/** Answers one after the other; the last one stays. */
function open(answers: (BulkDecisionDto | Response)[], onClose = vi.fn()) {
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    if (url.startsWith('/api/v1/findings/facets'))
      return Response.json({
        facets: {
          status: [
            { value: 'open', label: 'open', count: 1234, isCapped: false },
            { value: 'fixed', label: 'fixed', count: 9, isCapped: false },
          ],
        },
      });
    posts.push(JSON.parse(String(init.body)));
    const answer = (answers.length > 1 ? answers.shift() : answers[0]) ?? problem(500, 'None is left.');
    return answer instanceof Response ? answer.clone() : Response.json(answer);
  });
  render(
    <QueryClientProvider client={new QueryClient()}>
      <DecideDialog subject={{ filter: { asset: ['web'], notQ: ['test'] } }} onClose={onClose} />
      <Toaster />
    </QueryClientProvider>,
  );
  return onClose;
}

async function confirmAll() {
  const user = userEvent.setup();
  await user.click(screen.getByRole('combobox', { name: 'Decision' }));
  await user.click(await screen.findByRole('option', { name: /Confirm/ }));
  await user.click(screen.getByRole('button', { name: 'Decide' }));
  return user;
}

afterEach(() => {
  posts.length = 0;
  vi.unstubAllGlobals();
});

const change = { decision: 'confirmed' };
const filter = { asset: ['web'], notQ: ['test'] };

describe('a decision about all that the filter finds', () => {
  it('goes on until the end, says how many there are, and undoes all of it', async () => {
    const onClose = open([part(1, 'next'), part(2, null)]);
    await screen.findByRole('dialog', { name: 'Decide about all 1,234 findings' });
    const user = await confirmAll();
    await waitFor(() => expect(onClose).toHaveBeenCalled());
    expect(posts).toEqual([
      { filter, change },
      { filter, cursor: 'next', change },
    ]);
    await user.click(await screen.findByRole('button', { name: 'Undo' }));
    await waitFor(() => expect(posts.slice(2)).toEqual([undoOf(1), undoOf(2)]));
  });

  it('waits as long as the server asks', async () => {
    const onClose = open([problem(429, 'Too many.', { 'retry-after': '0' }), part(1, null)]);
    await confirmAll();
    await waitFor(() => expect(onClose).toHaveBeenCalled());
    expect(posts).toHaveLength(2);
  });

  it('tells what is done where it breaks off, and that it can be undone', async () => {
    const onClose = open([part(1, 'next'), problem(503, 'The database cannot be reached.')]);
    const user = await confirmAll();
    await waitFor(() => expect(onClose).toHaveBeenCalled());
    expect(await screen.findAllByText('Confirmed: 1 finding')).not.toEqual([]);
    const words = /The remaining findings are unchanged. The database cannot be reached/;
    expect(screen.getAllByText(words)).not.toEqual([]);
    // The dialog is still over it for a moment.
    await user.click(await screen.findByRole('button', { name: 'Undo', hidden: true }));
    await waitFor(() => expect(posts.at(-1)).toEqual(undoOf(1)));
  });

  it('stays open where nothing was decided', async () => {
    const onClose = open([problem(503, 'The database cannot be reached.')]);
    await confirmAll();
    expect(await screen.findByText('Could not record the decision')).toBeDefined();
    expect(onClose).not.toHaveBeenCalled();
  });
});
