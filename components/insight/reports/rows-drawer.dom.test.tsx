import { QueryClient, QueryClientProvider, useInfiniteQuery } from '@tanstack/react-query';
import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { RowsDrawer } from './rows-drawer';

afterEach(cleanup);

interface Page {
  items: string[];
  nextCursor: string | null;
  notKept?: number;
}

function List({ pages }: { pages: Page[] }) {
  const query = useInfiniteQuery({
    queryKey: ['rows'],
    queryFn: ({ pageParam }) => Promise.resolve(pages[pageParam] ?? { items: [], nextCursor: null }),
    initialPageParam: 0,
    getNextPageParam: (page: Page) => (page.nextCursor === null ? null : Number(page.nextCursor)),
  });
  return (
    <RowsDrawer
      title="Keys, Oct 2026"
      description="the oldest first"
      query={query}
      what="keys"
      onClose={() => undefined}
    >
      {(item: string) => <li key={item}>{item}</li>}
    </RowsDrawer>
  );
}

const show = (...pages: Page[]) =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <List pages={pages} />
    </QueryClientProvider>,
  );

test('it says how many there are, and that there are more', async () => {
  show({ items: ['a', 'b'], nextCursor: '1' }, { items: ['c'], nextCursor: null });
  expect(await screen.findByText('First 2 keys; the oldest first')).toBeTruthy();
  screen.getByRole('button', { name: 'Show more' }).click();
  expect(await screen.findByText('3 keys; the oldest first')).toBeTruthy();
  expect(screen.getAllByRole('listitem').map((row) => row.textContent)).toEqual(['a', 'b', 'c']);
});

test('it goes on by itself where a page is empty', async () => {
  show({ items: [], nextCursor: '1' }, { items: ['c'], nextCursor: null });
  expect(await screen.findByText('c')).toBeTruthy();
});

test('it says that nothing was counted, or that the rows were not kept', async () => {
  show({ items: [], nextCursor: null, notKept: 0 });
  expect(await screen.findByText('No keys were counted here')).toBeTruthy();
  cleanup();
  show({ items: [], nextCursor: null, notKept: 1200 });
  expect(await screen.findByText('Details of these keys are not available')).toBeTruthy();
  expect(screen.getByText(/1,200 were counted/)).toBeTruthy();
});
