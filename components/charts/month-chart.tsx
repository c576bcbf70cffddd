'use client';

import { useRouter } from 'next/navigation';
import { type RefObject, useId } from 'react';
import {
  Bar,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import {
  ALL_BEFORE,
  type ChartNote,
  type ChartSeries,
  chartColor,
  chartDash,
  chartRows,
  describeChart,
  monthLabel,
  noteNames,
} from './month-chart-data';

export interface MonthChartProps {
  /** Names the chart for everybody: "Failed authentication attempts". */
  title: string;
  /** `bars`: stacked; `groups`: side by side. */
  shape: 'bars' | 'groups' | 'lines';
  series: readonly ChartSeries[];
  format: (value: number) => string;
  notes?: readonly ChartNote[];
  height?: number;
  /** Names the period compared with, where there is one: "Dec 2025 to May 2026". */
  before?: string;
  /** Enter, while the chart has the focus. */
  onTable?: () => void;
  /** Holds the SVG, for an export. */
  frame?: RefObject<HTMLDivElement | null>;
}

interface Hovered {
  active?: boolean;
  label?: string | number;
}

function Detail({
  active,
  label,
  series,
  format,
  notes,
}: Hovered & Pick<MonthChartProps, 'series' | 'format' | 'notes'>) {
  if (!active || typeof label !== 'string') return null;
  const index = series[0]?.points.findIndex(({ month }) => month === label) ?? -1;
  return (
    <div className="rounded-md border border-line-strong bg-raised px-2.5 py-1.5 text-xs shadow-float">
      <p className="text-faint">{monthLabel(label)}</p>
      <dl className="mt-1 grid grid-cols-[auto_auto] gap-x-4">
        {series.map(({ key, label: name, color, points }) => {
          const point = points[index];
          return (
            <div key={key} className="col-span-2 grid grid-cols-subgrid">
              <dt className="flex items-center gap-1.5 text-muted">
                <Swatch color={chartColor[color]} />
                {name}
              </dt>
              <dd className="text-right text-ink">
                {point?.value === null || point?.value === undefined ? 'no data' : format(point.value)}
                {point?.before !== undefined ? (
                  <span className="text-faint">
                    {' '}
                    before {point.before === null ? '–' : format(point.before)}
                  </span>
                ) : null}
              </dd>
            </div>
          );
        })}
      </dl>
      {notes
        ?.filter(({ month }) => month === label)
        .map((note) => (
          <p key={note.label} className="mt-1 text-accent-text">
            {note.label}
          </p>
        ))}
    </div>
  );
}

function Swatch({ color }: { color: string }) {
  return <span aria-hidden="true" className="size-2 rounded-[2px]" style={{ background: color }} />;
}

function Legend({ series, before }: Pick<MonthChartProps, 'series' | 'before'>) {
  return (
    <ul data-legend="" className="flex flex-wrap items-center gap-x-3 gap-y-1 text-xs text-muted">
      {series.map(({ key, label, color }) => (
        <li key={key} className="flex items-center gap-1.5 whitespace-nowrap">
          <Swatch color={chartColor[color]} />
          {label}
        </li>
      ))}
      {before ? (
        <li className="flex items-center gap-1.5 whitespace-nowrap">
          <span aria-hidden="true" className="w-4 border-faint border-t-2 border-dashed" />
          {before}
        </li>
      ) : null}
    </ul>
  );
}

/** The period before: a line for each series, and one for all where their bars are stacked. */
function linesBefore(series: MonthChartProps['series'], shape: MonthChartProps['shape']) {
  const compared = series.filter(({ points }) => points.some(({ before }) => before !== undefined));
  if (compared.length === 0) return [];
  if (shape === 'bars') return [{ key: ALL_BEFORE, label: 'All before', stroke: 'var(--ink)' }];
  return compared.map(({ key, label, color }) => ({
    key: `${key} before`,
    label: `${label} before`,
    stroke: chartColor[color],
  }));
}

const axis = { fontSize: 11, fill: 'var(--faint)' };

/** Months side by side. Its table is the caller's: every number there links to its rows, as a click on a bar does. */
export function MonthChart({
  title,
  shape,
  series,
  format,
  notes = [],
  height = 184,
  before,
  onTable,
  frame,
}: MonthChartProps) {
  const id = useId();
  const router = useRouter();
  const months = series[0]?.points.map(({ month }) => month) ?? [];
  const openRows = (key: string, month: string) => {
    const href = series.find((one) => one.key === key)?.points.find((point) => point.month === month)?.href;
    if (href) router.push(href, { scroll: false });
  };
  return (
    <figure
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      className="flex min-w-0 flex-col gap-2"
    >
      <figcaption className="sr-only">
        <span id={`${id}-title`}>{title}</span>
        <span id={`${id}-text`}>{describeChart(series, format)}</span>
      </figcaption>
      <Legend series={series} before={before} />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the chart inside has the focus, and takes the arrows itself. */}
      <div
        ref={frame}
        style={{ height }}
        className="min-w-0 [&_.recharts-surface]:outline-offset-2"
        onKeyDown={(event) => {
          if (event.key === 'Enter') onTable?.();
        }}
      >
        <ResponsiveContainer width="100%" height="100%" initialDimension={{ width: 480, height }}>
          <ComposedChart
            data={chartRows(series)}
            title={title}
            desc={describeChart(series, format)}
            margin={{ top: notes.length > 0 ? 16 : 8, right: 4, bottom: 0, left: 0 }}
            barCategoryGap="22%"
          >
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis
              dataKey="month"
              tick={axis}
              tickLine={false}
              axisLine={{ stroke: 'var(--line-strong)' }}
              tickFormatter={(month: string) => monthLabel(month, 'axis', month === months[0])}
              minTickGap={10}
            />
            <YAxis
              tick={axis}
              tickLine={false}
              axisLine={false}
              width={40}
              allowDecimals={false}
              tickFormatter={format}
            />
            <Tooltip
              isAnimationActive={false}
              cursor={{
                fill: 'color-mix(in oklab, var(--faint) 10%, transparent)',
                stroke: 'var(--line-strong)',
              }}
              content={({ active, label }) => (
                <Detail active={active} label={label} series={series} format={format} notes={notes} />
              )}
            />
            {noteNames(notes).map(({ month, name }) => (
              <ReferenceLine
                key={month}
                x={month}
                stroke="var(--accent)"
                strokeDasharray="2 3"
                label={{ value: name, position: 'top', fontSize: 10, fill: 'var(--accent-text)' }}
              />
            ))}
            {series.map(({ key, label, color }) =>
              shape !== 'lines' ? (
                <Bar
                  key={key}
                  dataKey={key}
                  name={label}
                  stackId={shape === 'bars' ? 'all' : undefined}
                  fill={chartColor[color]}
                  maxBarSize={36}
                  minPointSize={(value) => (value ? 2 : 0)}
                  isAnimationActive={false}
                  className="cursor-pointer"
                  onClick={(bar) => openRows(key, String(bar.payload?.month ?? ''))}
                />
              ) : (
                <Line
                  key={key}
                  dataKey={key}
                  name={label}
                  stroke={chartColor[color]}
                  strokeWidth={2}
                  strokeDasharray={chartDash[color]}
                  dot={{ r: 2, strokeDasharray: 'none', fill: chartColor[color] }}
                  activeDot={{
                    r: 5,
                    className: 'cursor-pointer',
                    onClick: (_, dot) =>
                      openRows(key, String((dot as { payload?: { month?: string } }).payload?.month ?? '')),
                  }}
                  isAnimationActive={false}
                />
              ),
            )}
            {linesBefore(series, shape).map(({ key, label, stroke }) => (
              <Line
                key={key}
                dataKey={key}
                name={label}
                stroke={stroke}
                strokeWidth={1.5}
                strokeOpacity={0.8}
                strokeDasharray="4 3"
                dot={false}
                isAnimationActive={false}
              />
            ))}
          </ComposedChart>
        </ResponsiveContainer>
      </div>
    </figure>
  );
}
