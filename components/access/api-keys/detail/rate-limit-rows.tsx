'use client';

import { Plus, Trash2 } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { IconButton } from '@/components/ui/icon-button';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';

export interface RateLimit {
  limit: number;
  windowSeconds: number;
}

const WINDOWS = [
  { value: '1', label: 'per second' },
  { value: '60', label: 'per minute' },
  { value: '3600', label: 'per hour' },
  { value: '86400', label: 'per day' },
] as const;

const LIMITS_MAX = 5;

/** Rate limits for this key alone; every one of them must hold. */
export function RateLimitRows({
  value,
  onChange,
}: {
  value: readonly RateLimit[];
  onChange: (limits: RateLimit[]) => void;
}) {
  const change = (index: number, part: Partial<RateLimit>) =>
    onChange(value.map((limit, at) => (at === index ? { ...limit, ...part } : limit)));
  return (
    <div className="flex flex-col items-start gap-2">
      {value.map((limit, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: rows have no identity besides their place
        <div key={index} className="flex items-center gap-2">
          <Input
            type="number"
            min={1}
            inputMode="numeric"
            aria-label={`Requests, limit ${index + 1}`}
            className="w-28"
            value={Number.isNaN(limit.limit) ? '' : limit.limit}
            onChange={(event) => change(index, { limit: event.currentTarget.valueAsNumber })}
          />
          <Select
            aria-label={`Window, limit ${index + 1}`}
            options={windowOptions(limit.windowSeconds)}
            value={String(limit.windowSeconds)}
            onValueChange={(seconds) => change(index, { windowSeconds: Number(seconds) })}
            className="w-36"
          />
          <IconButton
            label={`Remove limit ${index + 1}`}
            onClick={() => onChange(value.filter((_, at) => at !== index))}
          >
            <Trash2 aria-hidden />
          </IconButton>
        </div>
      ))}
      {value.length < LIMITS_MAX ? (
        <Button size="sm" onClick={() => onChange([...value, { limit: 100, windowSeconds: 60 }])}>
          <Plus aria-hidden />
          Add a limit
        </Button>
      ) : null}
    </div>
  );
}

/** The usual windows, and the one that is set already where it is unusual. */
function windowOptions(current: number): readonly { value: string; label: string }[] {
  const known = WINDOWS.some(({ value }) => value === String(current));
  return known ? WINDOWS : [...WINDOWS, { value: String(current), label: `per ${current} seconds` }];
}

export function rateLimitText({ limit, windowSeconds }: RateLimit): string {
  const window = WINDOWS.find(({ value }) => value === String(windowSeconds));
  return `${new Intl.NumberFormat('en').format(limit)} ${window?.label ?? `per ${windowSeconds} seconds`}`;
}
