'use client';

import { zodResolver } from '@hookform/resolvers/zod';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { z } from 'zod';
import { ApiError, apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Dialog, DialogClose } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { type CheckDto, EVIDENCE_BYTES_MAX, REASON_CHARS_MIN } from '@/lib/assurance/checklist/contract';
import { checklistKeys } from './checklist.queries';

const formSchema = z.object({
  date: z.string().min(1, 'Say on which day it was done.'),
  note: z.string().trim().min(REASON_CHARS_MIN, `Write at least ${REASON_CHARS_MIN} characters.`).max(1000),
  link: z.union([z.literal(''), z.url({ protocol: /^https?$/, error: 'Write an http or https address.' })]),
});
type Form = z.infer<typeof formSchema>;

const KIB = 1024;

async function fileBody(file: File | null) {
  if (!file) return {};
  if (file.size > EVIDENCE_BYTES_MAX)
    throw new ApiError(
      0,
      'too_large',
      `The file is larger than ${EVIDENCE_BYTES_MAX / KIB} KiB. Link to it instead.`,
      null,
    );
  const bytes = new Uint8Array(await file.arrayBuffer());
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  const mediaType = /^[a-z]+\/[a-z0-9.+-]{1,80}$/.test(file.type) ? file.type : 'application/octet-stream';
  return { file: { name: file.name, mediaType, content: btoa(binary) } };
}

/** Today is not over: what was done today was done by now. */
function performedAt(date: string): string {
  const noon = new Date(`${date}T12:00:00`);
  return new Date(Math.min(noon.getTime(), Date.now() - 60_000)).toISOString();
}

const today = () => new Date().toLocaleDateString('en-CA');

function AttestForm({ check, onDone }: { check: CheckDto; onDone: () => void }) {
  const [file, setFile] = useState<File | null>(null);
  const form = useForm<Form>({
    resolver: zodResolver(formSchema),
    defaultValues: { date: today(), note: '', link: '' },
  });
  const action = useAction<Form>({
    run: async ({ date, note, link }) =>
      apiFetch('/checklist/attestations', {
        method: 'POST',
        body: {
          check: check.key,
          performedAt: performedAt(date),
          note,
          ...(link ? { link } : {}),
          ...(await fileBody(file)),
        },
      }),
    refresh: [checklistKeys.all],
    done: () => {
      onDone();
      return { title: 'The evidence is recorded' };
    },
    failed: 'The evidence was not recorded',
  });
  const { errors } = form.formState;
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={form.handleSubmit((input) => action.mutate(input))}
    >
      <Field label="Done on" hint="It counts from this day, not from today." error={errors.date?.message}>
        <Input type="date" max={today()} {...form.register('date')} />
      </Field>
      <Field label="What was done, and what came of it" error={errors.note?.message}>
        <Textarea rows={4} {...form.register('note')} />
      </Field>
      <Field label="Link to the minutes or the report" optional error={errors.link?.message}>
        <Input type="url" placeholder="https://" {...form.register('link')} />
      </Field>
      <Field
        label="File"
        optional
        hint={`At most ${EVIDENCE_BYTES_MAX / KIB} KiB. It is kept with the record.`}
      >
        <Input
          type="file"
          className="h-auto py-1"
          onChange={(event) => setFile(event.currentTarget.files?.[0] ?? null)}
        />
      </Field>
      {action.error ? <Callout tone="danger">{action.error.message}</Callout> : null}
      <div className="flex justify-end gap-2">
        <DialogClose render={<Button>Cancel</Button>} />
        <Button type="submit" variant="primary" loading={action.isPending}>
          Record evidence
        </Button>
      </div>
    </form>
  );
}

/** Dated evidence for what only a person can answer. */
export function AttestDialog({ check }: { check: CheckDto }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <Dialog
      open={isOpen}
      onOpenChange={setOpen}
      trigger={<Button size="sm">Give evidence</Button>}
      title={check.title}
      description={check.asks}
    >
      <AttestForm check={check} onDone={() => setOpen(false)} />
    </Dialog>
  );
}
