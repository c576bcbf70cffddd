'use client';

import { zodResolver } from '@hookform/resolvers/zod';
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { Controller, useForm } from 'react-hook-form';
import { ApiError, apiFetch } from '@/components/shell/api-client';
import { useShortcut } from '@/components/shell/shortcut-provider';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Dialog, DialogClose } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { RadioGroup } from '@/components/ui/radio-group';
import { Select } from '@/components/ui/select';
import {
  type InvitationMatcher,
  type InviteMemberInput,
  inviteMemberInput,
} from '@/lib/platform/tenancy/contract';
import { settingsKeys } from './settings.queries';

export interface ProviderChoice {
  id: string;
  label: string;
  matchers: readonly InvitationMatcher[];
}

const ROLE_OPTIONS = [
  {
    value: 'analyst',
    label: 'Analyst',
    hint: 'Can triage findings and anomalies and run the checklist. Can view keys.',
  },
  { value: 'auditor', label: 'Auditor', hint: 'Can view and export everything. Cannot change anything.' },
  { value: 'operator', label: 'Operator', hint: 'Full access, including keys and members.' },
];
const MATCHER_LABEL = { handle: 'User name', email: 'E-mail address' } as const;

function InviteForm({ providers, onDone }: { providers: readonly ProviderChoice[]; onDone: () => void }) {
  const [first] = providers;
  const form = useForm<InviteMemberInput>({
    resolver: zodResolver(inviteMemberInput),
    defaultValues: {
      provider: first?.id ?? '',
      matcher: first?.matchers[0] ?? 'email',
      value: '',
      role: 'analyst',
    },
  });
  const invite = useAction<InviteMemberInput>({
    run: (body) => apiFetch('/invitations', { method: 'POST', body }),
    refresh: [settingsKeys.invitations],
    done: ({ value }) => {
      onDone();
      return { title: `${value} is invited` };
    },
    failed: 'Could not send the invitation',
  });
  const provider = providers.find(({ id }) => id === form.watch('provider')) ?? first;
  const matcher = form.watch('matcher');
  const matchers = provider?.matchers ?? ['email'];
  const { errors } = form.formState;
  return (
    <form
      id="invite"
      noValidate
      className="flex flex-col gap-4"
      onSubmit={form.handleSubmit((input) => invite.mutate(input))}
    >
      <Field label="Signs in with">
        <Controller
          control={form.control}
          name="provider"
          render={({ field }) => (
            <Select
              value={field.value}
              onValueChange={(id) => {
                field.onChange(id);
                const chosen = providers.find((choice) => choice.id === id);
                if (chosen?.matchers[0]) form.setValue('matcher', chosen.matchers[0]);
              }}
              options={providers.map(({ id, label }) => ({ value: id, label }))}
            />
          )}
        />
      </Field>
      {matchers.length > 1 ? (
        <Controller
          control={form.control}
          name="matcher"
          render={({ field }) => (
            <RadioGroup
              aria-label="Identified by"
              layout="row"
              value={field.value}
              onValueChange={field.onChange}
              options={matchers.map((value) => ({ value, label: MATCHER_LABEL[value] }))}
            />
          )}
        />
      ) : null}
      <Field
        label={MATCHER_LABEL[matcher]}
        hint={
          matcher === 'email'
            ? 'The sign-in provider must have verified this address.'
            : 'Exactly as shown by the sign-in provider.'
        }
        error={errors.value?.message}
      >
        <Input autoComplete="off" autoCapitalize="none" spellCheck={false} {...form.register('value')} />
      </Field>
      <Controller
        control={form.control}
        name="role"
        render={({ field }) => (
          <RadioGroup
            aria-label="Role"
            value={field.value}
            onValueChange={field.onChange}
            options={ROLE_OPTIONS}
          />
        )}
      />
      {invite.error instanceof ApiError ? <Callout tone="danger">{invite.error.message}</Callout> : null}
      <div className="flex justify-end gap-2">
        <DialogClose render={<Button>Cancel</Button>} />
        <Button type="submit" variant="primary" loading={invite.isPending}>
          Invite
        </Button>
      </div>
    </form>
  );
}

export function InviteDialog({ providers }: { providers: readonly ProviderChoice[] }) {
  const [isOpen, setOpen] = useState(false);
  useShortcut('new', () => setOpen(true));
  return (
    <Dialog
      open={isOpen}
      onOpenChange={setOpen}
      trigger={
        <Button variant="primary">
          <UserPlus aria-hidden />
          Invite member
        </Button>
      }
      title="Invite a member"
      description="They get this role when they sign in. Bulwark does not send an email, so send them the console URL yourself."
    >
      <InviteForm providers={providers} onDone={() => setOpen(false)} />
    </Dialog>
  );
}
