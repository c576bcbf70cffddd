'use client';

import { Field } from '@/components/ui/field';
import { Select } from '@/components/ui/select';
import type { Owner } from './owner';
import { type RateLimit, RateLimitRows } from './rate-limit-rows';
import { TokenInput } from './token-input';

interface FormField<T> {
  value: T;
  onChange: (value: T) => void;
}

interface OwnerFieldProps {
  field: { value: string | null | undefined; onChange: (value: string | null) => void };
  owners: readonly Owner[];
  /** Marked as "(you)". */
  selfId?: string;
  error?: string;
}

export function OwnerField({ field, owners, selfId, error }: OwnerFieldProps) {
  return (
    <Field label="Owner" hint="Who answers for it." error={error}>
      <Select
        value={field.value ?? null}
        onValueChange={field.onChange}
        options={owners.map(({ userId, name }) => ({
          value: userId,
          label: userId === selfId ? `${name} (you)` : name,
        }))}
      />
    </Field>
  );
}

export function RateLimitsField({ field, isWrong }: { field: FormField<RateLimit[]>; isWrong: boolean }) {
  return (
    <Field
      label="Limits of this key"
      hint="Beside the limits that hold for everybody. Without one, only those apply."
      error={isWrong ? 'Each limit is a whole number from 1.' : undefined}
    >
      <RateLimitRows value={field.value} onChange={field.onChange} />
    </Field>
  );
}

export function TagsField({ field, isWrong }: { field: FormField<string[]>; isWrong: boolean }) {
  return (
    <Field
      label="Tags"
      hint="Enter or comma adds one."
      error={isWrong ? 'A tag has at most 40 characters.' : undefined}
    >
      <TokenInput noun="tag" max={20} values={field.value} onChange={field.onChange} />
    </Field>
  );
}
