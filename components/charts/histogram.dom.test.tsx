import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { Histogram } from './histogram';

afterEach(cleanup);

const series = [
  { key: 'ok', label: 'Allowed', tone: 'neutral' as const },
  { key: 'no', label: 'Refused', tone: 'danger' as const },
];
const hour = 3_600_000;
const buckets = [0, 1, 2, 3].map((index) => ({
  startMs: index * hour,
  endMs: (index + 1) * hour,
  counts: { ok: index * 10, no: index === 2 ? 1 : 0 },
}));

test('the chart has a name and a description with its numbers', () => {
  render(<Histogram title="Requests over time" series={series} buckets={buckets} />);
  const chart = screen.getByRole('img', { name: /Requests over time/ });
  expect(chart.querySelector('desc')?.textContent).toBe(
    '60 allowed, 1 refused from 01 Jan 1970, 00:00 to 01 Jan 1970, 04:00. Peak at 01 Jan 1970, 03:00: 30.',
  );
});

test('keys choose a range: End, Shift and arrows, Enter', () => {
  const chosen: number[][] = [];
  render(
    <Histogram
      title="Requests"
      series={series}
      buckets={buckets}
      onRange={(...range) => chosen.push(range)}
    />,
  );
  const slider = screen.getByRole('slider');
  fireEvent.keyDown(slider, { key: 'End' });
  fireEvent.keyDown(slider, { key: 'ArrowLeft' });
  expect(slider.getAttribute('aria-valuetext')).toBe('01 Jan 1970, 02:00: 20 allowed, 1 refused');
  fireEvent.keyDown(slider, { key: 'ArrowLeft', shiftKey: true });
  fireEvent.keyDown(slider, { key: 'Enter' });
  expect(chosen).toEqual([[hour, 3 * hour]]);
  fireEvent.keyDown(slider, { key: 'Home' });
  fireEvent.keyDown(slider, { key: 'Escape' });
  fireEvent.keyDown(slider, { key: 'Enter' });
  expect(chosen.at(-1)).toEqual([3 * hour, 4 * hour]);
});

test('the same numbers stand in a table', async () => {
  render(<Histogram title="Requests" series={series} buckets={buckets} />);
  fireEvent.click(screen.getByRole('button', { name: 'View as table' }));
  const rows = await screen.findAllByRole('row');
  expect(rows.map((row) => row.textContent)).toEqual([
    'FromAllowedRefused',
    '01 Jan 1970, 00:0000',
    '01 Jan 1970, 01:00100',
    '01 Jan 1970, 02:00201',
    '01 Jan 1970, 03:00300',
  ]);
});
