'use client';

import { CalendarClock, Check, ZoomOut } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useShortcut } from '@/components/shell/shortcut-provider';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Popover } from '@/components/ui/popover';
import { menuItemClass } from '@/components/ui/popup-class';
import { formatExact } from '@/components/ui/time-format';
import { useTimeZone } from '@/components/ui/time-zone';
import {
  isRelative,
  presetLabel,
  RANGE_PRESETS,
  resolveMoment,
  resolveRange,
  type TimeRange,
  zoomOut,
} from './time-range';

export interface RangePickerProps {
  range: TimeRange;
  onChange: (range: TimeRange) => void;
}

function momentLabel(text: string, zone: string): string {
  if (isRelative(text)) return text;
  const ms = resolveMoment(text, Date.now());
  return ms === null ? text : formatExact(new Date(ms), zone, 'minute');
}

/** The range in words: a preset's name, or both ends, without the day twice. */
function rangeLabel(range: TimeRange, zone: string): string {
  const preset = presetLabel(range);
  if (preset) return preset;
  const from = momentLabel(range.from, zone);
  const to = momentLabel(range.to, zone);
  const [fromDay] = from.split(', ');
  const [toDay, toTime] = to.split(', ');
  return `${from} – ${fromDay === toDay && toTime ? toTime : to}`;
}

export function RangePicker({ range, onChange }: RangePickerProps) {
  const [open, setOpen] = useState(false);
  const { zone } = useTimeZone();
  useShortcut('range', () => setOpen(true));
  const choose = (next: TimeRange) => {
    onChange(next);
    setOpen(false);
  };
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      label="Time range"
      align="end"
      className="flex w-[440px] flex-col p-0 sm:flex-row"
      trigger={
        <Button className="font-normal">
          <CalendarClock aria-hidden className="size-3.5 text-faint" />
          <span className="sr-only">Time range: </span>
          {rangeLabel(range, zone)}
        </Button>
      }
    >
      <div className="flex flex-col p-1 sm:w-40">
        {RANGE_PRESETS.map((preset) => {
          const current = range.to === 'now' && range.from === preset.from;
          return (
            <button
              key={preset.from}
              type="button"
              aria-pressed={current}
              onClick={() => choose({ from: preset.from, to: 'now' })}
              className={`${menuItemClass} justify-between hover:bg-hover`}
            >
              {preset.label}
              {current ? <Check aria-hidden className="text-accent-text!" /> : null}
            </button>
          );
        })}
        <button
          type="button"
          onClick={() => choose(zoomOut(range, Date.now()))}
          className={`${menuItemClass} mt-1 hover:bg-hover`}
        >
          <ZoomOut aria-hidden />
          Zoom out
        </button>
      </div>
      <CustomRange key={`${range.from} ${range.to} ${zone}`} range={range} zone={zone} onApply={choose} />
    </Popover>
  );
}

function inputValue(text: string, utc: boolean): string {
  const ms = resolveMoment(text, Date.now());
  if (ms === null) return '';
  const offset = utc ? 0 : new Date(ms).getTimezoneOffset() * 60_000;
  return new Date(ms - offset).toISOString().slice(0, 19);
}

function CustomRange({
  range,
  zone,
  onApply,
}: {
  range: TimeRange;
  zone: string;
  onApply: (range: TimeRange) => void;
}) {
  const utc = zone === 'UTC';
  const [from, setFrom] = useState(() => inputValue(range.from, utc));
  const [to, setTo] = useState(() => inputValue(range.to, utc));
  const [error, setError] = useState<string | null>(null);
  const read = (text: string) => resolveMoment(utc ? `${text}Z` : text, Date.now());
  const apply = (event: FormEvent) => {
    event.preventDefault();
    const fromMs = read(from);
    const toMs = read(to);
    if (fromMs === null || toMs === null) return setError('Enter a start and an end time.');
    if (fromMs >= toMs) return setError('The start must be before the end.');
    const next = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
    if (resolveRange(next, Date.now())) onApply(next);
  };
  return (
    <form onSubmit={apply} className="flex flex-1 flex-col gap-3 border-line p-3 max-sm:border-t sm:border-l">
      <Field label="From">
        <Input
          type="datetime-local"
          size="sm"
          step={1}
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
      </Field>
      <Field label="To" error={error} hint={utc ? 'In UTC' : `In ${zone}`}>
        <Input
          type="datetime-local"
          size="sm"
          step={1}
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
        />
      </Field>
      <Button type="submit" variant="primary">
        Apply
      </Button>
    </form>
  );
}
