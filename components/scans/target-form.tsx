'use client';

import { useState } from 'react';
import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Switch } from '@/components/ui/checkbox';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import { WEEKDAY_OPTIONS } from '@/components/ui/weekdays';
import {
  type CreateTargetInput,
  EVERY,
  SCANNER_FACTS,
  SCANNERS,
  type TargetDto,
  type TargetKind,
} from '@/lib/scanners/contract';
import { targetKeys } from './targets.queries';

type Draft = Required<CreateTargetInput>;
const KIND_WORDS: Record<TargetKind, { label: string; hint: string; sample: string }> = {
  git: {
    label: 'Git repository',
    hint: 'Cloned by the worker for each run.',
    sample: 'https://git.example.org/team/web.git',
  },
  path: { label: 'Directory', hint: 'On the worker, within SCAN_PATHS.', sample: '/srv/repositories/web' },
  image: { label: 'Container image', hint: 'Pulled for each run.', sample: 'registry.example.org/web:1.4' },
};
const EVERY_WORDS = { never: 'On demand only', hour: 'Every hour', day: 'Every day', week: 'Every week' };

const MINUTES = Array.from({ length: 60 }, (_, minute) => {
  const label = String(minute).padStart(2, '0');
  return { value: `00:${label}`, label };
});

const EMPTY: Draft = {
  asset: '',
  scanner: 'secretlint',
  kind: 'git',
  location: '',
  branch: 'main',
  every: 'day',
  runAt: '03:00',
  weekday: 1,
  isEnabled: true,
};

type Part = { draft: Draft; set: (part: Partial<Draft>) => void };

function What({ draft, set }: Part) {
  const { kinds, finds } = SCANNER_FACTS[draft.scanner];
  const words = KIND_WORDS[draft.kind];
  return (
    <>
      <Field label="Asset" hint="The name that its findings stand under.">
        <Input
          value={draft.asset}
          placeholder="web"
          onChange={(event) => set({ asset: event.target.value })}
        />
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Scanner" hint={`Looks for ${finds}.`}>
          <Select
            options={SCANNERS.map((value) => ({ value, label: SCANNER_FACTS[value].name }))}
            value={draft.scanner}
            onValueChange={(scanner) => {
              const allowed = SCANNER_FACTS[scanner].kinds;
              set({ scanner, ...(allowed.includes(draft.kind) ? {} : { kind: 'git' }) });
            }}
          />
        </Field>
        <Field label="Kind" hint={words.hint}>
          <Select
            options={kinds.map((value) => ({ value, label: KIND_WORDS[value].label }))}
            value={draft.kind}
            onValueChange={(kind) => set({ kind })}
          />
        </Field>
      </div>
      <Field label="Address">
        <Input
          value={draft.location}
          placeholder={words.sample}
          onChange={(event) => set({ location: event.target.value })}
        />
      </Field>
      {draft.kind === 'image' ? null : (
        <Field label="Branch">
          <Input value={draft.branch} onChange={(event) => set({ branch: event.target.value })} />
        </Field>
      )}
    </>
  );
}

function When({ draft, set }: Part) {
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-3">
        <Field label="Schedule">
          <Select
            options={EVERY.map((value) => ({ value, label: EVERY_WORDS[value] }))}
            value={draft.every}
            onValueChange={(every) => set({ every })}
          />
        </Field>
        {draft.every === 'week' ? (
          <Field label="Day">
            <Select
              options={WEEKDAY_OPTIONS}
              value={String(draft.weekday)}
              onValueChange={(day) => set({ weekday: Number(day) })}
            />
          </Field>
        ) : null}
        {draft.every === 'never' ? null : (
          <Field label={draft.every === 'hour' ? 'Minutes past the hour' : 'Time'}>
            {draft.every === 'hour' ? (
              <Select
                options={MINUTES}
                value={`00:${draft.runAt.slice(3)}`}
                onValueChange={(runAt) => set({ runAt })}
              />
            ) : (
              <Input
                type="time"
                value={draft.runAt}
                onChange={(event) => set({ runAt: event.target.value })}
              />
            )}
          </Field>
        )}
      </div>
      <Switch
        checked={draft.isEnabled}
        onCheckedChange={(isEnabled) => set({ isEnabled })}
        label="Run by the schedule"
        hint="By the clock of the tenant’s time zone. Run now works either way."
      />
    </>
  );
}

function draftOf(target: TargetDto): Draft {
  const { asset, scanner, kind, location, branch, every, runAt, weekday, isEnabled } = target;
  return { asset, scanner, kind, location, branch, every, runAt, weekday, isEnabled };
}

/** Adds a target, or changes one. */
export function TargetDialog({ target, onClose }: { target: TargetDto | null; onClose: () => void }) {
  const [draft, setDraft] = useState<Draft>(target ? draftOf(target) : EMPTY);
  const set = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const save = useAction<Draft>({
    run: (body) =>
      target
        ? apiFetch(`/scan-targets/${target.id}`, { method: 'PATCH', body, ifMatch: `"${target.version}"` })
        : apiFetch('/scan-targets', { method: 'POST', body }),
    refresh: [targetKeys.list],
    done: ({ asset }) => {
      onClose();
      return { title: target ? `The target ${asset} is changed` : `The target ${asset} is added` };
    },
    failed: 'The target was not saved',
  });
  return (
    <Dialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title={target ? 'Change target' : 'Add target'}
      description="The worker scans it under limits, and imports the report like an upload."
    >
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(draft);
        }}
      >
        <What draft={draft} set={set} />
        <When draft={draft} set={set} />
        {save.error ? <Callout tone="danger">{save.error.message}</Callout> : null}
        <div className="flex justify-end gap-2">
          <Button type="button" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            variant="primary"
            loading={save.isPending}
            disabled={draft.asset.trim() === '' || draft.location.trim() === ''}
          >
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
