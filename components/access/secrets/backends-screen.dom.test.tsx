import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { render, screen, within } from '@testing-library/react';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SecretBackendDto } from '@/lib/access/secrets/contract';
import { BackendsScreen } from './backends-screen';

const backend = (more: Partial<SecretBackendDto>): SecretBackendDto => ({
  id: '01a23070-6984-7e74-82aa-59c6e4d92ed4',
  kind: 'openbao',
  name: 'https://bao.example.org',
  product: '2.7.2',
  state: 'ok',
  sentence: null,
  problem: null,
  readAt: '2026-12-01T06:00:00.000Z',
  attemptedAt: '2026-12-01T06:00:00.000Z',
  readBy: null,
  unreadPaths: [],
  proof: { outcome: 'denied', sentence: '', paths: 25, at: '2026-12-01T05:00:00.000Z' },
  isProvable: true,
  clockSkewMs: 0,
  secrets: 24,
  exposed: 0,
  references: 0,
  ...more,
});

function open(items: SecretBackendDto[], canWrite = true): void {
  const data = { items, nextCursor: null, connected: { vault: true, aws: false } };
  vi.stubGlobal('fetch', async () => Response.json(data));
  render(
    <QueryClientProvider client={new QueryClient()}>
      <BackendsScreen canWrite={canWrite} />
    </QueryClientProvider>,
  );
}
afterEach(() => vi.unstubAllGlobals());

const rowOf = async (name: string) => {
  const row = (await screen.findByText(name)).closest('li');
  if (!row) throw new Error('no row');
  return within(row);
};

describe('BackendsScreen', () => {
  it('says of a well one that values were denied, and lets it be checked now', async () => {
    open([backend({})]);
    const row = await rowOf('https://bao.example.org');
    expect(row.getByText(/Reading values was denied at 25 paths/)).toBeDefined();
    expect(row.getByRole('link', { name: '24 secrets' }).getAttribute('href')).toBe(
      '/secrets?q=source:01a23070-6984-7e74-82aa-59c6e4d92ed4',
    );
    expect(row.getByRole('button', { name: 'Check now' })).toBeDefined();
    expect(screen.getByText('All backends were read completely.')).toBeDefined();
  });

  it('says plainly that values are readable, and what cannot be read', async () => {
    open([
      backend({
        state: 'readable',
        sentence: 'Can read values: the policy allows secret/data/app.',
        proof: { outcome: 'readable', sentence: '', paths: 1, at: '2026-12-01T05:00:00.000Z' },
      }),
      backend({
        id: '01a23070-6984-7e74-82aa-59c6e4d92ed5',
        name: 'https://b',
        state: 'unread',
        proof: null,
      }),
    ]);
    const row = await rowOf('https://bao.example.org');
    expect(row.getByText('Values are readable')).toBeDefined();
    expect(row.getByText('Can read values: the policy allows secret/data/app.')).toBeDefined();
    expect(
      (await rowOf('https://b')).getByText('Whether values are readable is not checked yet.'),
    ).toBeDefined();
    expect(screen.getByText('2 backends need attention.')).toBeDefined();
  });

  it('offers nothing to who may only read, and no proof of what has none', async () => {
    open([backend({ kind: 'compose', name: 'docker-compose.yml', isProvable: false, proof: null })], false);
    const row = await rowOf('docker-compose.yml');
    expect(row.getByText('Scanned')).toBeDefined();
    expect(row.queryByText(/values/)).toBeNull();
    expect(row.queryByRole('button')).toBeNull();
  });
});
