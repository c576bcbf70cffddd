'use client';

import { zodResolver } from '@hookform/resolvers/zod';
import { ChevronRight } from 'lucide-react';
import { useId } from 'react';
import { Controller, useForm } from 'react-hook-form';
import type { z } from 'zod';
import type { useCreateKey } from '@/components/access/api-keys/api-keys.mutations';
import type { Owner } from '@/components/access/api-keys/owner';
import { useIdempotencyKey } from '@/components/shell/use-idempotency-key';
import { Button } from '@/components/ui/button';
import { Drawer } from '@/components/ui/drawer';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { RadioGroup } from '@/components/ui/radio-group';
import { createKeyInput, DEFAULT_EXPIRY_DAYS, type KeyWithSecretDto } from '@/lib/access/api-keys/contract';
import type { Permission } from '@/lib/platform/auth/contract';
import { ExpiryPicker } from './expiry-picker';
import { applyFieldErrors, FormProblem } from './form-problem';
import { OwnerField, RateLimitsField, TagsField } from './key-fields';
import { expiryAfter } from './key-form';
import { NetworksField } from './networks-field';
import { ScopePicker } from './scope-picker';

export interface CreateKeyDrawerProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  /** The mutation lives above, because its answer outlives this drawer in the secret dialog. */
  create: ReturnType<typeof useCreateKey>;
  onCreated: (result: KeyWithSecretDto) => void;
  owners: readonly Owner[];
  /** Who creates it, and so owns it unless another is chosen. */
  selfId: string;
  grantable: readonly Permission[];
}

export function CreateKeyDrawer(props: CreateKeyDrawerProps) {
  const formId = useId();
  const { open, onOpenChange, create } = props;
  return (
    <Drawer
      open={open}
      onOpenChange={onOpenChange}
      title="Create a key"
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" loading={create.isPending}>
            Create key
          </Button>
        </>
      }
    >
      <CreateKeyForm id={formId} {...props} />
    </Drawer>
  );
}

type FormInput = z.input<typeof createKeyInput>;
type FormOutput = z.output<typeof createKeyInput>;

function defaults(selfId: string): FormInput {
  return {
    name: '',
    description: '',
    tags: [],
    environment: 'live',
    ownerUserId: selfId,
    scopes: ['gate:verify'],
    allowedCidrs: [],
    rateLimits: [],
    expiresAt: expiryAfter(DEFAULT_EXPIRY_DAYS, Date.now()),
  };
}

function CreateKeyForm({
  id,
  create,
  onCreated,
  owners,
  selfId,
  grantable,
}: CreateKeyDrawerProps & { id: string }) {
  const form = useForm<FormInput, unknown, FormOutput>({
    resolver: zodResolver(createKeyInput),
    defaultValues: defaults(selfId),
  });
  const { keyFor, finish } = useIdempotencyKey();
  const { errors } = form.formState;
  const submit = form.handleSubmit((input) =>
    create.mutate(
      { input, idempotencyKey: keyFor(input) },
      {
        onSuccess: (result) => {
          finish();
          onCreated(result);
        },
        onError: (error) => applyFieldErrors(error, form.setError),
      },
    ),
  );
  return (
    <form id={id} noValidate onSubmit={(event) => void submit(event)} className="flex flex-col gap-4">
      {create.error ? <FormProblem error={create.error} what="Could not create the key" /> : null}
      <Field
        label="Name"
        hint="The service that uses the key, such as ci-deploy."
        error={errors.name?.message}
      >
        <Input autoFocus spellCheck={false} {...form.register('name')} />
      </Field>
      <Controller
        control={form.control}
        name="environment"
        render={({ field }) => (
          <Field label="Environment" hint="The environment is part of the key and cannot be changed later.">
            <RadioGroup
              aria-label="Environment"
              layout="row"
              value={field.value ?? 'live'}
              onValueChange={field.onChange}
              options={[
                { value: 'live', label: 'Live' },
                { value: 'test', label: 'Test' },
              ]}
            />
          </Field>
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
      <Controller
        control={form.control}
        name="expiresAt"
        render={({ field }) => (
          <Field label="Expires" error={errors.expiresAt?.message}>
            <ExpiryPicker defaultChoice="90" value={field.value ?? null} onChange={field.onChange} />
          </Field>
        )}
      />
      <Controller
        control={form.control}
        name="ownerUserId"
        render={({ field }) => <OwnerField field={field} owners={owners} selfId={selfId} />}
      />
      <MoreFields form={form} />
    </form>
  );
}

type CreateForm = ReturnType<typeof useForm<FormInput, unknown, FormOutput>>;

function MoreFields({ form }: { form: CreateForm }) {
  const { errors } = form.formState;
  const inside = [errors.allowedCidrs, errors.tags, errors.description, errors.rateLimits];
  return (
    <details className="group border-t border-line pt-3" open={inside.some(Boolean) || undefined}>
      <summary className="flex cursor-default list-none items-center gap-1.5 text-sm font-medium">
        <ChevronRight aria-hidden className="text-faint group-open:rotate-90" />
        Advanced: networks, rate limits, tags, description
      </summary>
      <div className="flex flex-col gap-4 pt-4">
        <Controller
          control={form.control}
          name="allowedCidrs"
          render={({ field }) => (
            <NetworksField value={field.value ?? []} onChange={field.onChange} error={errors.allowedCidrs} />
          )}
        />
        <Controller
          control={form.control}
          name="rateLimits"
          render={({ field }) => (
            <RateLimitsField
              field={{ ...field, value: field.value ?? [] }}
              isWrong={Boolean(errors.rateLimits)}
            />
          )}
        />
        <Controller
          control={form.control}
          name="tags"
          render={({ field }) => (
            <TagsField field={{ ...field, value: field.value ?? [] }} isWrong={Boolean(errors.tags)} />
          )}
        />
        <Field label="Description" error={errors.description?.message}>
          <Textarea rows={2} {...form.register('description')} />
        </Field>
      </div>
    </details>
  );
}
