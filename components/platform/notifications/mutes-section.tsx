'use client';

import { useState } from 'react';
import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Dialog, DialogClose } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { PageSection } from '@/components/ui/page-header';
import { Panel } from '@/components/ui/panel';
import { Select } from '@/components/ui/select';
import { StackedRow, StackedTable } from '@/components/ui/stacked-table';
import { TableCell } from '@/components/ui/table';
import { Time } from '@/components/ui/time';
import { DAY_MS } from '@/lib/platform/core/clock';
import type { MuteDto } from '@/lib/platform/notifications/contract';
import {
  NOTIFICATION_TYPE_NAMES,
  NOTIFICATION_TYPES,
  type NotificationType,
} from '@/lib/platform/notifications/notice-contract';
import { typeWords } from './notice-words';
import { notificationKeys } from './notifications.queries';

const DAYS = ['1', '7', '30', '90'] as const;
const TYPES = NOTIFICATION_TYPE_NAMES.map((type) => ({ value: type, label: NOTIFICATION_TYPES[type].label }));

interface Draft {
  type: NotificationType;
  days: (typeof DAYS)[number];
  reason: string;
}

function MuteForm({ onDone }: { onDone: () => void }) {
  const [draft, setDraft] = useState<Draft>({ type: 'key.expiring', days: '7', reason: '' });
  const set = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const mute = useAction<Draft>({
    run: async ({ type, days, reason }) => {
      const until = new Date(Date.now() + Number(days) * DAY_MS).toISOString();
      await apiFetch('/notifications/mutes', { method: 'POST', body: { type, until, reason } });
      onDone();
    },
    refresh: [notificationKeys.mutes],
    done: ({ type }) => ({ title: `${NOTIFICATION_TYPES[type].label} is muted` }),
    failed: 'Could not mute notifications',
  });
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        mute.mutate(draft);
      }}
    >
      <Field label="Notice">
        <Select options={TYPES} value={draft.type} onValueChange={(type) => set({ type })} />
      </Field>
      <Field label="Duration">
        <Select
          options={DAYS.map((days) => ({ value: days, label: days === '1' ? '1 day' : `${days} days` }))}
          value={draft.days}
          onValueChange={(days) => set({ days })}
        />
      </Field>
      <Field label="Reason" hint="At least 10 characters. Recorded in the audit log.">
        <Input value={draft.reason} onChange={(event) => set({ reason: event.target.value })} />
      </Field>
      {mute.error ? <Callout tone="danger">{mute.error.message}</Callout> : null}
      <div className="flex justify-end gap-2">
        <DialogClose render={<Button>Cancel</Button>} />
        <Button type="submit" variant="primary" loading={mute.isPending}>
          Mute
        </Button>
      </div>
    </form>
  );
}

function MuteRow({ mute, canWrite }: { mute: MuteDto; canWrite: boolean }) {
  const end = useAction<MuteDto>({
    run: ({ id }) => apiFetch(`/notifications/mutes/${id}/end`, { method: 'POST' }),
    refresh: [notificationKeys.mutes],
    done: () => ({ title: 'Mute ended' }),
    failed: 'Could not end the mute',
  });
  return (
    <StackedRow>
      <TableCell className="font-medium">
        {[mute.type === null ? 'Everything' : typeWords(mute.type), mute.subjectLabel]
          .filter(Boolean)
          .join(' of ')}
      </TableCell>
      <TableCell className="max-w-72 truncate">{mute.reason}</TableCell>
      <TableCell>{mute.createdBy ?? 'An API key'}</TableCell>
      <TableCell>
        <Time value={mute.until} mode="relative" />
      </TableCell>
      <TableCell>{mute.held}</TableCell>
      {canWrite ? (
        <TableCell className="text-right">
          <Button size="sm" loading={end.isPending} onClick={() => end.mutate(mute)}>
            End now
          </Button>
        </TableCell>
      ) : null}
    </StackedRow>
  );
}

/** What is kept quiet at present, until when and why. */
export function MutesSection({ mutes, canWrite }: { mutes: readonly MuteDto[]; canWrite: boolean }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <PageSection
      title="Mutes"
      description="Every mute has a reason and an end date. Muted notifications are counted but not sent."
      actions={
        canWrite ? (
          <Dialog
            open={isOpen}
            onOpenChange={setOpen}
            trigger={<Button>Mute notifications</Button>}
            title="Mute notifications"
            description="Muted notifications do not reach channels or inboxes until the mute ends."
          >
            <MuteForm onDone={() => setOpen(false)} />
          </Dialog>
        ) : null
      }
    >
      {mutes.length === 0 ? (
        <p className="text-sm text-muted">Nothing is muted.</p>
      ) : (
        <Panel className="px-4">
          <StackedTable
            aria-label="Mutes"
            columns={['Notice', 'Reason', 'Muted by', 'Ends', 'Held']}
            hasActions={canWrite}
          >
            {mutes.map((mute) => (
              <MuteRow key={mute.id} mute={mute} canWrite={canWrite} />
            ))}
          </StackedTable>
        </Panel>
      )}
    </PageSection>
  );
}
