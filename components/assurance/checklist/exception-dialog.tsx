'use client';

import { zodResolver } from '@hookform/resolvers/zod';
import { useState } from 'react';
import { Controller, useForm } from 'react-hook-form';
import { z } from 'zod';
import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Dialog, DialogClose } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import { type CheckDto, REASON_CHARS_MIN } from '@/lib/assurance/checklist/contract';
import { checklistKeys } from './checklist.queries';

const EVERYTHING = '*';
const formSchema = z.object({
  resource: z.string(),
  reason: z
    .string()
    .trim()
    .min(REASON_CHARS_MIN, `Give a reason of at least ${REASON_CHARS_MIN} characters.`)
    .max(1000),
  until: z.string().min(1, 'Enter an end date.'),
});
type Form = z.infer<typeof formSchema>;

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toLocaleDateString('en-CA');

function ExceptionForm({ check, onDone }: { check: CheckDto; onDone: () => void }) {
  const form = useForm<Form>({
    resolver: zodResolver(formSchema),
    defaultValues: { resource: EVERYTHING, reason: '', until: inDays(30) },
  });
  const action = useAction<Form>({
    run: ({ resource, reason, until }) =>
      apiFetch('/checklist/exceptions', {
        method: 'POST',
        body: {
          check: check.key,
          resource: resource === EVERYTHING ? null : resource,
          reason,
          expiresAt: new Date(`${until}T23:59:59`).toISOString(),
        },
      }),
    refresh: [checklistKeys.all],
    done: () => {
      onDone();
      return { title: 'Exception requested. Someone else must approve it.' };
    },
    failed: 'Could not request the exception',
  });
  const failing = check.problems.filter(({ outcome }) => outcome === 'fail');
  const options = [
    { value: EVERYTHING, label: 'Every failing resource' },
    ...failing.map(({ resource }) => ({ value: resource, label: resource })),
  ];
  const { errors } = form.formState;
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={form.handleSubmit((input) => action.mutate(input))}
    >
      <Field label="Applies to">
        <Controller
          control={form.control}
          name="resource"
          render={({ field }) => (
            <Select options={options} value={field.value} onValueChange={field.onChange} />
          )}
        />
      </Field>
      <Field label="Reason for the exception" error={errors.reason?.message}>
        <Textarea rows={3} {...form.register('reason')} />
      </Field>
      <Field label="Until" hint="After this date, the check fails again." error={errors.until?.message}>
        <Input type="date" min={inDays(1)} max={inDays(365)} {...form.register('until')} />
      </Field>
      {action.error ? <Callout tone="danger">{action.error.message}</Callout> : null}
      <div className="flex justify-end gap-2">
        <DialogClose render={<Button>Cancel</Button>} />
        <Button type="submit" variant="primary" loading={action.isPending}>
          Request exception
        </Button>
      </div>
    </form>
  );
}

/** Asks that a failure be accepted for a time; it counts once somebody else approves. */
export function ExceptionDialog({ check }: { check: CheckDto }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Dialog
      open={isOpen}
      onOpenChange={setOpen}
      trigger={<Button size="sm">Request an exception</Button>}
      title="Request an exception"
      description={`"${check.title}" is excepted until the end date, once someone else approves.`}
    >
      <ExceptionForm check={check} onDone={() => setOpen(false)} />
    </Dialog>
  );
}
