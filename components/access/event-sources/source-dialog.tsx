'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { ApiError, apiFetch } from '@/components/shell/api-client';
import { useIdempotencyKey } from '@/components/shell/use-idempotency-key';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { notify } from '@/components/ui/notify';
import {
  createSourceInput,
  type SourceDto,
  type SourceWithTokenDto,
} from '@/lib/access/event-sources/contract';
import { sourceKeys } from './event-sources.queries';

type Errors = Partial<Record<string, string>>;

const linesOf = (text: string) =>
  text
    .split(/[\s,]+/)
    .map((one) => one.trim())
    .filter(Boolean);
const first = (path: readonly PropertyKey[] | string) =>
  String(typeof path === 'string' ? path.split('/')[0] : path[0]);

interface Draft {
  name: string;
  networks: string;
  subject: string;
}

const inputOf = ({ name, networks, subject }: Draft) => ({
  name,
  allowedCidrs: linesOf(networks),
  clientSubject: subject.trim() === '' ? null : subject.trim(),
});

function useSave(source: SourceDto | null, onSaved: (made: SourceWithTokenDto | null) => void) {
  const client = useQueryClient();
  const { keyFor } = useIdempotencyKey();
  const [errors, setErrors] = useState<Errors>({});
  const save = useMutation({
    mutationFn: (body: ReturnType<typeof inputOf>) =>
      source === null
        ? apiFetch<SourceWithTokenDto>('/detections/sources', {
            method: 'POST',
            body,
            idempotencyKey: keyFor(body),
          })
        : apiFetch<SourceDto>(`/detections/sources/${source.id}`, {
            method: 'PATCH',
            body,
            ifMatch: `"${source.version}"`,
          }).then(() => null),
    onSuccess: (made) => {
      if (made === null) notify({ title: 'Event source changed' });
      onSaved(made);
    },
    onError: (error) => {
      if (error instanceof ApiError)
        setErrors(Object.fromEntries(error.fields.map(({ path, message }) => [first(path), message])));
    },
    onSettled: () => client.invalidateQueries({ queryKey: sourceKeys.all }),
  });
  const submit = (draft: Draft) => {
    const body = inputOf(draft);
    const parsed = createSourceInput.safeParse(body);
    if (parsed.success) save.mutate(body);
    else
      setErrors(Object.fromEntries(parsed.error.issues.map(({ path, message }) => [first(path), message])));
  };
  return { save, submit, errors, clear: () => setErrors({}) };
}

export interface SourceDialogProps {
  /** Null: a new one. */
  source: SourceDto | null;
  onClose: () => void;
  onSaved: (made: SourceWithTokenDto | null) => void;
}

/** An event source: a name, and where its token may be used from. */
export function SourceDialog({ source, onClose, onSaved }: SourceDialogProps) {
  const formId = useId();
  const { save, submit, errors, clear } = useSave(source, onSaved);
  const [draft, setDraft] = useState<Draft>({
    name: source?.name ?? '',
    networks: source?.allowedCidrs.join('\n') ?? '',
    subject: source?.clientSubject ?? '',
  });
  const change = (part: Partial<Draft>) => {
    clear();
    setDraft((before) => ({ ...before, ...part }));
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => (open || save.isPending ? undefined : onClose())}
      title={source === null ? 'Add event source' : 'Change event source'}
      description="Its token can only write events, and works only from where you say."
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" loading={save.isPending}>
            {source === null ? 'Add' : 'Save'}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          submit(draft);
        }}
      >
        {save.error && Object.keys(errors).length === 0 ? (
          <Callout tone="danger" title="Could not save the event source">
            {save.error.message}
          </Callout>
        ) : null}
        <Field label="Name" hint="Such as the cluster." error={errors.name}>
          <Input
            value={draft.name}
            maxLength={60}
            onChange={(event) => change({ name: event.currentTarget.value })}
          />
        </Field>
        <Field
          label="Allowed networks"
          hint="IP addresses or CIDR ranges, one per line."
          error={errors.allowedCidrs}
          optional
        >
          <Textarea
            mono
            rows={3}
            value={draft.networks}
            onChange={(event) => change({ networks: event.currentTarget.value })}
          />
        </Field>
        <Field
          label="Client certificate"
          hint="Subject or common name, as a trusted proxy verifies it: CN=falco,O=Example."
          error={errors.clientSubject}
          optional
        >
          <Input
            mono
            value={draft.subject}
            maxLength={500}
            onChange={(event) => change({ subject: event.currentTarget.value })}
          />
        </Field>
      </form>
    </Dialog>
  );
}
