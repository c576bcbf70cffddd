'use client';

import { type RateLimit, RateLimitRows } from '@/components/access/api-keys/detail/rate-limit-rows';
import type { Owner } from '@/components/access/api-keys/owner';
import { Field } from '@/components/ui/field';
import { Select } from '@/components/ui/select';
import { TokenInput } from '@/components/ui/token-input';

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
    <Field label="Owner" hint="The person responsible for this key." error={error}>
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
      label="Rate limits for this key"
      hint="These apply in addition to the global rate limits."
      error={isWrong ? 'Enter a whole number of 1 or more for each limit.' : undefined}
    >
      <RateLimitRows value={field.value} onChange={field.onChange} />
    </Field>
  );
}

export function TagsField({ field, isWrong }: { field: FormField<string[]>; isWrong: boolean }) {
  return (
    <Field
      label="Tags"
      hint="Press Enter or comma to add a tag."
      error={isWrong ? 'A tag has at most 40 characters.' : undefined}
    >
      <TokenInput noun="tag" max={20} values={field.value} onChange={field.onChange} />
    </Field>
  );
}
