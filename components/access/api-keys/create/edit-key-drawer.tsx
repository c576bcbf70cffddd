'use client';

import { zodResolver } from '@hookform/resolvers/zod';
import { useId, useState } from 'react';
import { Controller, useForm } from 'react-hook-form';
import type { z } from 'zod';
import { useUpdateKey } from '@/components/access/api-keys/api-keys.mutations';
import type { Owner } from '@/components/access/api-keys/owner';
import { ApiError } from '@/components/shell/api-client';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Drawer } from '@/components/ui/drawer';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { notify } from '@/components/ui/notify';
import { type KeyDto, type UpdateKeyInput, updateKeyInput } from '@/lib/access/api-keys/contract';
import type { Permission } from '@/lib/platform/auth/contract';
import { ExpiryPicker } from './expiry-picker';
import { applyFieldErrors, FormProblem, problemText } from './form-problem';
import { changesOf, type EditableKey, editableOf, fieldLabels } from './key-changes';
import { OwnerField, RateLimitsField, TagsField } from './key-fields';
import { NetworksField } from './networks-field';
import { ScopePicker } from './scope-picker';

const editKeyForm = updateKeyInput.omit({ disabled: true }).required().extend({
  ownerUserId: updateKeyInput.shape.ownerUserId,
});
type FormInput = z.input<typeof editKeyForm>;
type FormOutput = z.output<typeof editKeyForm>;

export interface EditKeyDrawerProps {
  keyDto: KeyDto;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  owners: readonly Owner[];
  grantable: readonly Permission[];
}

export function EditKeyDrawer(props: EditKeyDrawerProps) {
  const formId = useId();
  const update = useUpdateKey();
  const changeOpen = (open: boolean) => {
    if (!open) update.reset();
    props.onOpenChange(open);
  };
  return (
    <Drawer
      open={props.open}
      onOpenChange={changeOpen}
      title={`Edit ${props.keyDto.name}`}
      footer={
        <>
          <Button onClick={() => changeOpen(false)}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" loading={update.isPending}>
            Save changes
          </Button>
        </>
      }
    >
      <EditKeyForm id={formId} update={update} {...props} onOpenChange={changeOpen} />
    </Drawer>
  );
}

/** Saves what was changed against the copy it was changed on; an edit by somebody else is shown, not lost. */
function EditKeyForm({
  id,
  update,
  keyDto,
  onOpenChange,
  owners,
  grantable,
}: EditKeyDrawerProps & { id: string; update: ReturnType<typeof useUpdateKey> }) {
  const [base, setBase] = useState(keyDto);
  const form = useForm<FormInput, unknown, FormOutput>({
    resolver: zodResolver(editKeyForm),
    defaultValues: editableOf(base),
  });
  const { errors } = form.formState;
  const conflict = update.error instanceof ApiError && update.error.status === 412;
  const submit = form.handleSubmit((values) => {
    const changes = changesOf(editableOf(base), values as EditableKey);
    if (Object.keys(changes).length === 0) return onOpenChange(false);
    update.mutate(
      { id: base.id, changes, version: base.version },
      {
        onSuccess: (saved) => {
          notifySaved(base, saved, changes, update);
          onOpenChange(false);
        },
        onError: (error) => applyFieldErrors(error, form.setError),
      },
    );
  });
  const takeTheirs = () => {
    const mine = changesOf(editableOf(base), form.getValues() as EditableKey);
    setBase(keyDto);
    form.reset({ ...editableOf(keyDto), ...mine });
    update.reset();
  };
  return (
    <form id={id} noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      {conflict ? (
        <ConflictNotice base={base} latest={keyDto} onContinue={takeTheirs} />
      ) : update.error ? (
        <FormProblem error={update.error} what="Could not save the changes" />
      ) : null}
      <Field label="Name" error={errors.name?.message}>
        <Input spellCheck={false} {...form.register('name')} />
      </Field>
      <Controller
        control={form.control}
        name="expiresAt"
        render={({ field }) => (
          <Field label="Expires" error={errors.expiresAt?.message}>
            <ExpiryPicker
              defaultChoice={field.value === null ? 'never' : 'custom'}
              value={field.value}
              onChange={field.onChange}
            />
          </Field>
        )}
      />
      <Controller
        control={form.control}
        name="ownerUserId"
        render={({ field }) => (
          <OwnerField field={field} owners={owners} error={errors.ownerUserId?.message} />
        )}
      />
      <Controller
        control={form.control}
        name="scopes"
        render={({ field }) => (
          <Field label="Scopes" error={errors.scopes?.message}>
            <ScopePicker value={field.value} onChange={field.onChange} grantable={grantable} />
          </Field>
        )}
      />
      <LimitFields form={form} />
      <Field label="Description" error={errors.description?.message}>
        <Textarea rows={2} {...form.register('description')} />
      </Field>
    </form>
  );
}

function notifySaved(
  before: KeyDto,
  saved: KeyDto,
  changes: UpdateKeyInput,
  update: ReturnType<typeof useUpdateKey>,
): void {
  const back = changesOf(editableOf(saved), editableOf(before));
  const expired = before.expiresAt !== null && Date.parse(before.expiresAt) <= Date.now();
  const canUndo = !(expired && 'expiresAt' in changes);
  const undo = () =>
    update.mutate(
      { id: saved.id, changes: back, version: saved.version },
      {
        onError: (error) =>
          notify({ title: 'Could not undo the change', description: problemText(error), kind: 'error' }),
      },
    );
  notify({ id: `key-${saved.id}`, title: `${saved.name} saved`, undo: canUndo ? undo : undefined });
}

function LimitFields({ form }: { form: ReturnType<typeof useForm<FormInput, unknown, FormOutput>> }) {
  const { errors } = form.formState;
  return (
    <>
      <Controller
        control={form.control}
        name="allowedCidrs"
        render={({ field }) => (
          <NetworksField value={field.value} onChange={field.onChange} error={errors.allowedCidrs} />
        )}
      />
      <Controller
        control={form.control}
        name="rateLimits"
        render={({ field }) => <RateLimitsField field={field} isWrong={Boolean(errors.rateLimits)} />}
      />
      <Controller
        control={form.control}
        name="tags"
        render={({ field }) => <TagsField field={field} isWrong={Boolean(errors.tags)} />}
      />
    </>
  );
}

function ConflictNotice({
  base,
  latest,
  onContinue,
}: {
  base: KeyDto;
  latest: KeyDto;
  onContinue: () => void;
}) {
  const changed = Object.keys(changesOf(editableOf(base), editableOf(latest))) as (keyof EditableKey)[];
  const what = changed.length > 0 ? changed.map((name) => fieldLabels[name]).join(', ') : 'its state';
  return (
    <Callout
      tone="warning"
      title="Someone else changed this key while you were editing"
      action={<Button onClick={onContinue}>Reapply my changes</Button>}
    >
      Changed: {what}. Your changes are still in this form but not saved yet.
    </Callout>
  );
}
