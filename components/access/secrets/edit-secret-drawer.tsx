'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { ApiError, apiFetch } from '@/components/shell/api-client';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Drawer } from '@/components/ui/drawer';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { notify } from '@/components/ui/notify';
import { Select } from '@/components/ui/select';
import { TokenInput } from '@/components/ui/token-input';
import {
  type SecretDetailDto,
  type UpdateSecretInput,
  updateSecretInput,
} from '@/lib/access/secrets/contract';
import { changesOf, draftOf, type SecretDraft } from './secret-draft';
import { secretKeys } from './secrets.queries';

export interface Member {
  userId: string;
  name: string;
}

export interface EditSecretDrawerProps {
  secret: SecretDetailDto;
  members: readonly Member[];
  onClose: () => void;
}

function useSave({ secret, onClose }: EditSecretDrawerProps, base: SecretDetailDto) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: UpdateSecretInput) =>
      apiFetch<SecretDetailDto>(`/secrets/${base.id}`, {
        method: 'PATCH',
        body,
        ifMatch: `"${base.version}"`,
      }),
    onSuccess: () => {
      notify({ kind: 'success', title: `${secret.name} saved` });
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: secretKeys.all }),
  });
}

/** Changes what people know of a secret, against the copy it was opened on. */
export function EditSecretDrawer(props: EditSecretDrawerProps) {
  const { secret, members, onClose } = props;
  const formId = useId();
  const [base, setBase] = useState(secret);
  const [draft, setDraft] = useState(() => draftOf(secret));
  const [problem, setProblem] = useState<string | null>(null);
  const save = useSave(props, base);
  const isConflict = save.error instanceof ApiError && save.error.status === 412;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const changes = changesOf(base, draft);
    if (typeof changes === 'string') return setProblem(changes);
    setProblem(null);
    if (Object.keys(changes).length === 0) return onClose();
    const parsed = updateSecretInput.safeParse(changes);
    if (!parsed.success) return setProblem(parsed.error.issues[0]?.message ?? 'Check the form.');
    save.mutate(changes);
  };
  const takeTheirs = () => {
    setBase(secret);
    save.reset();
  };
  return (
    <Drawer
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Edit ${secret.name}`}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" loading={save.isPending}>
            Save changes
          </Button>
        </>
      }
    >
      <form id={formId} noValidate onSubmit={submit} className="flex flex-col gap-4">
        {isConflict ? (
          <Callout
            tone="warning"
            title="This secret changed while you were editing"
            action={<Button onClick={takeTheirs}>Keep my changes</Button>}
          >
            Your changes are still in this form but not saved yet.
          </Callout>
        ) : save.error || problem ? (
          <Callout tone="danger" title="Could not save the changes">
            {problem ?? save.error?.message}
          </Callout>
        ) : null}
        <Fields secret={base} draft={draft} members={members} onChange={setDraft} />
      </form>
    </Drawer>
  );
}

const NOBODY = 'nobody';
const TAG = updateSecretInput.shape.tags.unwrap().element;
const tagProblem = (tag: string) => TAG.safeParse(tag).error?.issues[0]?.message ?? null;

interface FieldsProps {
  secret: SecretDetailDto;
  draft: SecretDraft;
  members: readonly Member[];
  onChange: (draft: SecretDraft) => void;
}

function Fields({ secret, draft, members, onChange }: FieldsProps) {
  const set = (change: Partial<SecretDraft>) => onChange({ ...draft, ...change });
  const isAgeKnown = secret.rotatedFrom !== null && secret.rotatedFrom !== 'person';
  return (
    <>
      <Field
        label="Owner"
        hint={
          secret.ownerLabel
            ? `Its backend names ${secret.ownerLabel}.`
            : 'The person who rotates it and answers for it.'
        }
      >
        <Select
          value={draft.ownerUserId ?? NOBODY}
          onValueChange={(value) => set({ ownerUserId: value === NOBODY ? null : value })}
          options={[
            { value: NOBODY, label: 'Not set' },
            ...members.map(({ userId, name }) => ({ value: userId, label: name })),
          ]}
        />
      </Field>
      {secret.model === 'dynamic' ? null : (
        <Field
          label="Rotate every (days)"
          optional
          hint="A shorter interval brings the due date forward. Leave empty to use the tag, the backend or 90 days."
        >
          <Input
            inputMode="numeric"
            value={draft.intervalDays}
            placeholder={String(secret.intervalDays)}
            onChange={(event) => set({ intervalDays: event.currentTarget.value })}
          />
        </Field>
      )}
      {isAgeKnown || secret.model === 'dynamic' ? null : (
        <Field label="Last rotated" optional hint="Where no backend knows the date of the current version.">
          <Input
            type="date"
            value={draft.rotatedOn}
            onChange={(event) => set({ rotatedOn: event.currentTarget.value })}
          />
        </Field>
      )}
      <Field
        label="Tags"
        optional
        hint="“monthly” means every 30 days and “root” once a year. Press Enter or comma to add a tag."
      >
        <TokenInput
          noun="tag"
          max={20}
          normalize={(text) => text.trim().toLowerCase()}
          problemOf={tagProblem}
          values={draft.tags}
          onChange={(tags) => set({ tags })}
        />
      </Field>
      <Field label="Note" optional>
        <Textarea
          rows={2}
          maxLength={500}
          value={draft.note}
          onChange={(event) => set({ note: event.currentTarget.value })}
        />
      </Field>
    </>
  );
}
