'use client';

import { useState } from 'react';
import { Callout } from '@/components/ui/callout';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import { formatExact } from '@/components/ui/time-format';
import { useTimeZone } from '@/components/ui/time-zone';
import { type EXPIRY_DAYS, expiryAfter, fromDateInput, toDateInput } from './key-form';

type Choice = `${(typeof EXPIRY_DAYS)[number]}` | 'custom' | 'never';

const OPTIONS: readonly { value: Choice; label: string; description?: string }[] = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '180', label: '180 days' },
  { value: '365', label: '365 days' },
  { value: 'custom', label: 'On a date' },
  { value: 'never', label: 'Never', description: 'Not recommended. A forgotten key stays valid.' },
];

export interface ExpiryPickerProps {
  /** ISO 8601, or null for never. */
  value: string | null;
  onChange: (value: string | null) => void;
  defaultChoice: Choice;
}

/** When the key ends: a span from now, a date, or never with its warning. */
export function ExpiryPicker({ value, onChange, defaultChoice }: ExpiryPickerProps) {
  const [choice, setChoice] = useState<Choice>(defaultChoice);
  const { zone } = useTimeZone();
  const choose = (next: Choice) => {
    setChoice(next);
    if (next === 'never') onChange(null);
    else if (next === 'custom') onChange(value ?? expiryAfter(90, Date.now()));
    else onChange(expiryAfter(Number(next), Date.now()));
  };
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <Select
          aria-label="Expiry"
          options={OPTIONS}
          value={choice}
          onValueChange={choose}
          className="w-40"
        />
        {choice === 'custom' ? (
          <Input
            type="date"
            aria-label="Expiry date"
            className="w-40"
            min={toDateInput(expiryAfter(1, Date.now()))}
            value={value ? toDateInput(value) : ''}
            onChange={(event) => onChange(fromDateInput(event.currentTarget.value) ?? value)}
          />
        ) : null}
        {value ? (
          <span className="text-sm text-muted tabular-nums">
            Ends {formatExact(new Date(value), zone, 'minute')}
          </span>
        ) : null}
      </div>
      {choice === 'never' ? (
        <Callout tone="warning" title="This key never expires">
          The key stays valid until someone revokes it and is listed as a risk. Set an expiry date and use
          rotation instead.
        </Callout>
      ) : null}
    </div>
  );
}
