import { expect, it } from 'vitest';
import { ALL_BEFORE, chartRows, noteNames } from './month-chart-data';

const point = (month: string, value: number | null, before?: number | null) => ({ month, value, before });

it('a month with several notes is named after the first of them', () => {
  const note = (month: string, name: string) => ({ month, name, label: `Release ${name}` });
  expect(
    noteNames([note('2026-11', 'v1.2'), note('2026-11', 'v1.1'), note('2026-10', 'a-very-long-name')]),
  ).toEqual([
    { month: '2026-11', name: 'v1.2 +1' },
    { month: '2026-10', name: 'a-very-…' },
  ]);
});

it('stacked bars are compared with all of the period before, and nothing known is no zero', () => {
  const series = [
    {
      key: 'high',
      label: 'High',
      color: 'high' as const,
      points: [point('2026-10', 1, 4), point('2026-11', 2, null)],
    },
    {
      key: 'low',
      label: 'Low',
      color: 'low' as const,
      points: [point('2026-10', 3, 5), point('2026-11', 4, null)],
    },
  ];
  expect(chartRows(series)).toEqual([
    { month: '2026-10', high: 1, low: 3, 'high before': 4, 'low before': 5, [ALL_BEFORE]: 9 },
    { month: '2026-11', high: 2, low: 4, 'high before': null, 'low before': null, [ALL_BEFORE]: null },
  ]);
});
