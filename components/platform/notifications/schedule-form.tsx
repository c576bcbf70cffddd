'use client';

import { useState } from 'react';
import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Checkbox } from '@/components/ui/checkbox';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import type { PolicyDto } from '@/lib/platform/notifications/contract';
import { notificationKeys } from './notifications.queries';

const zones = (own: string) =>
  [...new Set(['UTC', own, ...Intl.supportedValuesOf('timeZone')])].map((zone) => ({
    value: zone,
    label: zone,
  }));

interface Draft {
  timeZone: string;
  isQuiet: boolean;
  from: string;
  to: string;
  digestAt: string;
}

const draftOf = ({ timeZone, quietHours, digestAt }: PolicyDto): Draft => ({
  timeZone,
  isQuiet: quietHours !== null,
  from: quietHours?.from ?? '22:00',
  to: quietHours?.to ?? '07:00',
  digestAt,
});

/** Quiet hours and the time of the daily summary, in the tenant's zone. */
export function ScheduleForm({ policy, canWrite }: { policy: PolicyDto; canWrite: boolean }) {
  const [draft, setDraft] = useState(() => draftOf(policy));
  const set = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const save = useAction<Draft>({
    run: ({ timeZone, isQuiet, from, to, digestAt }) =>
      apiFetch('/notifications/policy', {
        method: 'PATCH',
        body: { timeZone, digestAt, quietHours: isQuiet ? { from, to } : null },
      }),
    refresh: [notificationKeys.policy],
    done: () => ({ title: 'The schedule is saved' }),
    failed: 'Could not save the schedule',
  });
  const isChanged = JSON.stringify(draft) !== JSON.stringify(draftOf(policy));
  return (
    <form
      noValidate
      className="flex max-w-[560px] flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(draft);
      }}
    >
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Time zone" disabled={!canWrite}>
          <Select
            options={zones(policy.timeZone)}
            value={draft.timeZone}
            disabled={!canWrite}
            onValueChange={(timeZone) => set({ timeZone })}
          />
        </Field>
        <Field label="Daily summary at" disabled={!canWrite}>
          <Input
            type="time"
            value={draft.digestAt}
            disabled={!canWrite}
            onChange={(event) => set({ digestAt: event.target.value })}
          />
        </Field>
      </div>
      <Checkbox
        checked={draft.isQuiet}
        disabled={!canWrite}
        onCheckedChange={(isQuiet) => set({ isQuiet })}
        label="Quiet hours"
        hint="Non-critical notifications wait until quiet hours end. Critical notifications are sent immediately."
      />
      {draft.isQuiet ? (
        <div className="grid grid-cols-2 gap-4 sm:max-w-72">
          <Field label="From" disabled={!canWrite}>
            <Input type="time" value={draft.from} onChange={(event) => set({ from: event.target.value })} />
          </Field>
          <Field label="To" disabled={!canWrite}>
            <Input type="time" value={draft.to} onChange={(event) => set({ to: event.target.value })} />
          </Field>
        </div>
      ) : null}
      {save.error ? <Callout tone="danger">{save.error.message}</Callout> : null}
      {canWrite ? (
        <div>
          <Button type="submit" disabled={!isChanged} loading={save.isPending}>
            Save schedule
          </Button>
        </div>
      ) : null}
    </form>
  );
}
