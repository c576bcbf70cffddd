import { cleanup, fireEvent, render, screen, within } from '@testing-library/react';
import { afterEach, expect, test, vi } from 'vitest';
import type { MetricDto, MetricPointDto, MonthlyMetricsDto } from '@/lib/insight/metrics/contract';
import { MetricPanel } from './metric-panel';
import { ReleaseNotes } from './release-notes';

// happy-dom lays nothing out, and a chart without a size is not drawn.
vi.spyOn(HTMLElement.prototype, 'getBoundingClientRect').mockReturnValue(new DOMRect(0, 0, 480, 184));
afterEach(cleanup);
vi.mock('next/navigation', () => ({ useRouter: () => ({ push: () => undefined }) }));

const point = (month: string, value: number | null): MetricPointDto => ({
  ...{ month, value, n: null, censored: null, label: null, was: null, restatedAt: null },
  why: value === null ? 'no_source' : null,
  href: value === null ? null : `/rows?month=${month}`,
});

const metric: MetricDto = {
  key: 'limit_refusals',
  title: 'Rate-limit violations',
  version: 1,
  unit: 'requests',
  better: 'less',
  definition: 'Refused.',
  since: '2026-08-02T00:00:00Z',
  series: [
    {
      ...{ key: 'events', label: 'Refused', kind: 'count', unit: 'requests' },
      points: [point('2026-08', null), point('2026-09', 5), point('2026-10', 8), point('2026-11', 3)],
    },
  ],
};
const notes = [
  { month: '2026-10', at: '2026-10-04T08:00:00Z', name: 'v1', label: 'Release v1: passed', href: '/r/1' },
  { month: '2026-05', at: '2026-05-04T08:00:00Z', name: 'v0', label: 'Release v0: passed', href: '/r/0' },
];
const data: MonthlyMetricsDto = {
  ...{
    months: ['2026-08', '2026-09', '2026-10', '2026-11'],
    running: '2026-11',
    timeZone: 'UTC',
    asOf: null,
  },
  ...{ metrics: [metric], notes },
};
const months = ['2026-10', '2026-11'];
const show = (more: { isCompared?: boolean; isPrinting?: boolean } = {}) =>
  render(
    <MetricPanel
      metric={metric}
      data={data}
      months={months}
      isCompared={false}
      isPrinting={false}
      {...more}
    />,
  );

test('the headline opens its rows', () => {
  show();
  expect(screen.getByRole('link', { name: '3' }).getAttribute('href')).toBe('/rows?month=2026-11');
});

test('Enter on the chart opens the table, with the period before where it is compared', async () => {
  show({ isCompared: true });
  expect(screen.getByText('Aug 2026 to Sep 2026')).toBeTruthy();
  const chart = screen.getByRole('figure').querySelector('svg.recharts-surface');
  if (!chart) throw new Error('There is no chart.');
  fireEvent.keyDown(chart, { key: 'Enter' });
  const dialog = screen.getByRole('dialog');
  const rows = within(dialog).getAllByRole('row').slice(1);
  expect(rows.map((row) => row.textContent)).toEqual(['Nov 20263before: 5', 'Oct 20268before: no data']);
  fireEvent.keyDown(dialog, { key: 'Escape' });
  await vi.waitFor(() =>
    expect(document.activeElement?.getAttribute('aria-label')).toBe('View “Rate-limit violations” as table'),
  );
});

test('on paper the numbers stand below the chart', () => {
  show();
  expect(screen.queryByRole('table')).toBeNull();
  cleanup();
  show({ isPrinting: true });
  expect(within(screen.getByRole('table')).getAllByRole('row')).toHaveLength(3);
});

test('the releases of the months shown are listed with their verdicts', () => {
  render(<ReleaseNotes notes={notes} months={months} />);
  expect(screen.getAllByRole('link').map((link) => link.getAttribute('href'))).toEqual(['/r/1']);
});
