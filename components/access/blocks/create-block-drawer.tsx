'use client';

import { zodResolver } from '@hookform/resolvers/zod';
import { useId, useState } from 'react';
import { Controller, useForm } from 'react-hook-form';
import type { z } from 'zod';
import { ApiError } from '@/components/shell/api-client';
import { AlertDialog } from '@/components/ui/alert-dialog';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Drawer } from '@/components/ui/drawer';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import {
  BLOCK_KIND_NAMES,
  BLOCK_KINDS,
  type BlockKind,
  createBlockInput,
} from '@/lib/access/blocks/contract';
import { useCreateBlock, wouldLockOut } from './use-block-actions';

/** What a block is proposed for, such as the address of an event in the audit log. */
export interface ProposedBlock {
  kind: BlockKind;
  value: string;
}

export interface CreateBlockDrawerProps {
  open: boolean;
  proposed: ProposedBlock | null;
  onOpenChange: (open: boolean) => void;
}

type FormInput = z.input<typeof createBlockInput>;
type FormOutput = z.output<typeof createBlockInput>;

const VALUE_HINTS: Record<BlockKind, { hint: string; placeholder: string }> = {
  ip: { hint: 'One address or a network.', placeholder: '203.0.113.0/24' },
  key: { hint: 'The id of the key, as its page shows it.', placeholder: '01930000-…' },
  owner: { hint: 'User ID. Blocks every key this user owns.', placeholder: '01930000-…' },
  user: { hint: 'The id of the user at Supabase: they are banned there as well.', placeholder: '01930000-…' },
  session: { hint: 'The session_id of the token.', placeholder: '01930000-…' },
  user_agent: {
    hint: 'Part of the user agent, ignoring case. If you use *, the pattern must match the whole value.',
    placeholder: 'BadBot/*',
  },
  route: {
    hint: 'A path, optionally with a method and a host. Use * as a wildcard.',
    placeholder: 'POST api.example.org/login/*',
  },
};

const FOREVER = 'forever';
const DURATIONS = [
  { value: '15m', label: '15 minutes' },
  { value: '1h', label: '1 hour' },
  { value: '24h', label: '1 day' },
  { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' },
  { value: FOREVER, label: 'Until it is lifted' },
];

export function CreateBlockDrawer({ open, proposed, onOpenChange }: CreateBlockDrawerProps) {
  const formId = useId();
  const create = useCreateBlock();
  return (
    <Drawer
      open={open}
      onOpenChange={onOpenChange}
      title="Add a block"
      description="Every gate denies matching requests immediately. The block ends after its duration, or when you lift it."
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" loading={create.isPending}>
            Add block
          </Button>
        </>
      }
    >
      <BlockForm id={formId} create={create} proposed={proposed} onDone={() => onOpenChange(false)} />
    </Drawer>
  );
}

interface BlockFormProps {
  id: string;
  create: ReturnType<typeof useCreateBlock>;
  proposed: ProposedBlock | null;
  onDone: () => void;
}

function useBlockForm({ create, proposed, onDone }: BlockFormProps) {
  const [toConfirm, setToConfirm] = useState<{ input: FormOutput; why: string } | null>(null);
  const form = useForm<FormInput, unknown, FormOutput>({
    resolver: zodResolver(createBlockInput),
    defaultValues: {
      kind: proposed?.kind ?? 'ip',
      value: proposed?.value ?? '',
      reason: '',
      duration: '24h',
    },
  });
  const send = async (input: FormOutput) => {
    try {
      await create.mutateAsync(input);
      onDone();
    } catch (error) {
      if (wouldLockOut(error)) setToConfirm({ input, why: error.message });
      else if (error instanceof ApiError) {
        const [first] = error.fields;
        if (first?.path === 'value') form.setError('value', { type: 'server', message: first.message });
      }
    }
  };
  return { form, send, toConfirm, setToConfirm };
}

function BlockForm(props: BlockFormProps) {
  const { create, id } = props;
  const { form, send, toConfirm, setToConfirm } = useBlockForm(props);
  const { errors } = form.formState;
  const { hint, placeholder } = VALUE_HINTS[form.watch('kind')];
  const isShownElsewhere = wouldLockOut(create.error) || errors.value?.type === 'server';
  return (
    <form
      id={id}
      noValidate
      onSubmit={(event) => void form.handleSubmit(send)(event)}
      className="flex flex-col gap-4"
    >
      {create.error && !isShownElsewhere ? (
        <Callout tone="danger" title="Could not add the block">
          {create.error.message}
        </Callout>
      ) : null}
      <Controller
        control={form.control}
        name="kind"
        render={({ field }) => (
          <Field label="Kind">
            <Select
              value={field.value}
              onValueChange={field.onChange}
              options={BLOCK_KIND_NAMES.map((value) => ({ value, label: BLOCK_KINDS[value] }))}
            />
          </Field>
        )}
      />
      <Field label="Value" hint={hint} error={errors.value?.message}>
        <Input
          mono
          autoFocus
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          placeholder={placeholder}
          {...form.register('value')}
        />
      </Field>
      <Controller
        control={form.control}
        name="duration"
        render={({ field }) => (
          <Field label="Duration">
            <Select
              value={field.value ?? FOREVER}
              onValueChange={(value) => field.onChange(value === FOREVER ? null : value)}
              options={DURATIONS}
            />
          </Field>
        )}
      />
      <Field
        label="Reason"
        hint="Shown in the list and kept in the audit log."
        error={errors.reason?.message}
      >
        <Textarea rows={2} {...form.register('reason')} />
      </Field>
      {toConfirm ? (
        <AlertDialog
          open
          onOpenChange={(open) => {
            if (!open) setToConfirm(null);
          }}
          title="This block includes you"
          description={`This block on ${toConfirm.input.value} also matches your own requests, so you may lose access to the gate and this console. Another operator can lift it, or run “bulwark blocks lift” on the host.`}
          confirmLabel="Block anyway"
          onConfirm={() => send({ ...toConfirm.input, confirm: true })}
        />
      ) : null}
    </form>
  );
}
