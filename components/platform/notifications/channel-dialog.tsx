'use client';

import { useState } from 'react';
import { ApiError, apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Checkbox } from '@/components/ui/checkbox';
import { Dialog, DialogClose } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { RadioGroup } from '@/components/ui/radio-group';
import type { ChannelDto, ChannelWithSecretDto } from '@/lib/platform/notifications/contract';
import type { ChannelKind } from '@/lib/platform/notifications/notice-contract';
import { notificationKeys } from './notifications.queries';

interface Draft {
  kind: ChannelKind;
  name: string;
  recipients: string;
  toOwner: boolean;
  url: string;
}

const KINDS = [
  { value: 'email', label: 'E-mail', hint: 'Sent to the people affected and to addresses you choose.' },
  { value: 'slack', label: 'Slack', hint: 'An incoming webhook of a workspace.' },
  { value: 'webhook', label: 'Webhook', hint: 'Signed JSON to your own service.' },
] as const;

const URL_HINT: Record<'slack' | 'webhook', string> = {
  slack: 'As Slack shows it: https://hooks.slack.com/services/…',
  webhook: 'An HTTPS URL. To use a private network, add it to OUTBOUND_ALLOW.',
};

const addressesOf = (text: string) => text.split(/[\s,;]+/).filter((part) => part !== '');

function bodyOf(draft: Draft, channel: ChannelDto | undefined) {
  const { kind, name, toOwner, url } = draft;
  if (kind === 'email') {
    const mail = { name, recipients: addressesOf(draft.recipients), toOwner };
    return channel ? mail : { kind, ...mail };
  }
  if (channel) return url === '' ? { name } : { name, url };
  return { kind, name, url };
}

function fieldError(error: Error | null, path: string): string | undefined {
  return error instanceof ApiError
    ? error.fields.find((field) => field.path.split('/')[0] === path)?.message
    : undefined;
}

interface FormProps {
  channel?: ChannelDto;
  onDone: (made: ChannelWithSecretDto | null) => void;
}

function Recipients({
  draft,
  set,
  error,
}: {
  draft: Draft;
  set: (part: Partial<Draft>) => void;
  error: Error | null;
}) {
  return (
    <>
      <Checkbox
        checked={draft.toOwner}
        onCheckedChange={(toOwner) => set({ toOwner })}
        label="People affected"
        hint="The key’s owner, or the operators if the key has no owner. At most one summary per person per day."
      />
      <Field
        label="More recipients"
        hint="Separated by spaces or commas."
        optional
        error={fieldError(error, 'recipients')}
      >
        <Textarea
          rows={2}
          value={draft.recipients}
          onChange={(event) => set({ recipients: event.target.value })}
          placeholder="security@example.org"
        />
      </Field>
    </>
  );
}

function ChannelForm({ channel, onDone }: FormProps) {
  const [draft, setDraft] = useState<Draft>({
    kind: channel?.kind ?? 'email',
    name: channel?.name ?? '',
    recipients: channel?.recipients.join(', ') ?? '',
    toOwner: channel?.toOwner ?? true,
    url: channel?.kind === 'webhook' ? channel.address : '',
  });
  const set = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const save = useAction<Draft>({
    run: async (given) => {
      const body = bodyOf(given, channel);
      if (channel) {
        const path = `/notifications/channels/${channel.id}`;
        await apiFetch(path, { method: 'PATCH', body, ifMatch: `"${channel.version}"` });
        return onDone(null);
      }
      onDone(await apiFetch<ChannelWithSecretDto>('/notifications/channels', { method: 'POST', body }));
    },
    refresh: [notificationKeys.channels, notificationKeys.policy],
    done: ({ name }) => ({ title: channel ? `${name} is saved` : `${name} added. Send a test to check it.` }),
    failed: channel ? 'Could not save the channel' : 'Could not add the channel',
  });
  const { kind } = draft;
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(draft);
      }}
    >
      {channel ? null : (
        <RadioGroup
          aria-label="Kind"
          layout="boxes"
          options={KINDS}
          value={kind}
          onValueChange={(value) => set({ kind: value })}
        />
      )}
      <Field
        label="Name"
        hint="A short name, such as on-call or siem."
        error={fieldError(save.error, 'name')}
      >
        <Input
          autoComplete="off"
          value={draft.name}
          onChange={(event) => set({ name: event.target.value })}
        />
      </Field>
      {kind === 'email' ? (
        <Recipients draft={draft} set={set} error={save.error} />
      ) : (
        <Field
          label={kind === 'slack' && channel ? 'New address' : 'Address'}
          optional={kind === 'slack' && channel !== undefined}
          hint={
            kind === 'slack' && channel
              ? 'The current address is encrypted and cannot be shown. Leave empty to keep it.'
              : URL_HINT[kind]
          }
          error={fieldError(save.error, 'url')}
        >
          <Input
            mono
            autoComplete="off"
            spellCheck={false}
            value={draft.url}
            onChange={(event) => set({ url: event.target.value })}
          />
        </Field>
      )}
      {save.error ? <Callout tone="danger">{save.error.message}</Callout> : null}
      <div className="flex justify-end gap-2">
        <DialogClose render={<Button>Cancel</Button>} />
        <Button type="submit" variant="primary" loading={save.isPending}>
          {channel ? 'Save' : 'Add channel'}
        </Button>
      </div>
    </form>
  );
}

export interface ChannelDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  channel?: ChannelDto;
  /** A webhook's signing secret, which is shown once. */
  onSecret: (made: ChannelWithSecretDto) => void;
}

/** Adds a channel, or changes the given one. */
export function ChannelDialog({ open, onOpenChange, channel, onSecret }: ChannelDialogProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={channel ? `Edit ${channel.name}` : 'Add a channel'}
      description={channel ? undefined : 'Where notifications are sent, in addition to the inbox.'}
    >
      <ChannelForm
        channel={channel}
        onDone={(made) => {
          onOpenChange(false);
          if (made?.secret) onSecret(made);
        }}
      />
    </Dialog>
  );
}
