'use client';

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, apiFetch } from '@/components/shell/api-client';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Switch } from '@/components/ui/checkbox';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { notify } from '@/components/ui/notify';
import { Select } from '@/components/ui/select';
import { WEEKDAY_OPTIONS } from '@/components/ui/weekdays';
import {
  type CreateTargetInput,
  EVERY,
  SCANNER_FACTS,
  SCANNERS,
  type TargetDto,
  type TargetKind,
} from '@/lib/assurance/scanners/contract';
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
const EVERY_WORDS = { never: 'Manual only', hour: 'Every hour', day: 'Every day', week: 'Every week' };

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

interface Part {
  draft: Draft;
  set: (part: Partial<Draft>) => void;
  /** What the server says of a field. */
  faults: Partial<Record<keyof Draft, string>>;
}

function What({ draft, set, faults }: Part) {
  const { kinds, finds } = SCANNER_FACTS[draft.scanner];
  const words = KIND_WORDS[draft.kind];
  return (
    <>
      <Field label="Asset" hint="The asset that findings are recorded against." error={faults.asset}>
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
      <Field label="Address" error={faults.location}>
        <Input
          value={draft.location}
          placeholder={words.sample}
          onChange={(event) => set({ location: event.target.value })}
        />
      </Field>
      {draft.kind === 'image' ? null : (
        <Field label="Branch" error={faults.branch}>
          <Input value={draft.branch} onChange={(event) => set({ branch: event.target.value })} />
        </Field>
      )}
    </>
  );
}

function When({ draft, set, faults }: Part) {
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
          <Field label={draft.every === 'hour' ? 'Minutes past the hour' : 'Time'} error={faults.runAt}>
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
        hint="Uses the tenant’s time zone. You can also select Run now at any time."
      />
    </>
  );
}

function draftOf(target: TargetDto): Draft {
  const { asset, scanner, kind, location, branch, every, runAt, weekday, isEnabled } = target;
  return { asset, scanner, kind, location, branch, every, runAt, weekday, isEnabled };
}

const PLACED = ['asset', 'location', 'branch', 'runAt'] as const;

/** What is wrong: in the fields that show it, else as a whole. */
function faultsOf(error: Error | null): { faults: Part['faults']; other: string | null } {
  if (!(error instanceof ApiError)) return { faults: {}, other: error?.message ?? null };
  const placed = PLACED.flatMap((name) => {
    const fault = error.fields.find(({ path }) => path === name);
    return fault ? [[name, fault.message] as const] : [];
  });
  return { faults: Object.fromEntries(placed), other: placed.length > 0 ? null : error.message };
}

function useSave(target: TargetDto | null, onClose: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: Draft) =>
      target
        ? apiFetch(`/scan-targets/${target.id}`, { method: 'PATCH', body, ifMatch: `"${target.version}"` })
        : apiFetch('/scan-targets', { method: 'POST', body }),
    onSuccess: (_, { asset }) => {
      notify({ title: target ? `Target ${asset} saved` : `Target ${asset} added` });
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: targetKeys.list }),
  });
}

/** Adds a target, or changes one. */
export function TargetDialog({ target, onClose }: { target: TargetDto | null; onClose: () => void }) {
  const [draft, setDraft] = useState<Draft>(target ? draftOf(target) : EMPTY);
  const set = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const save = useSave(target, onClose);
  const { faults, other } = faultsOf(save.error);
  return (
    <Dialog
      open
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title={target ? 'Change target' : 'Add target'}
      description="The worker scans the target with resource limits and imports the report like an upload."
    >
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(draft);
        }}
      >
        <What draft={draft} set={set} faults={faults} />
        <When draft={draft} set={set} faults={faults} />
        {other ? (
          <Callout tone="danger" title="Could not save the target">
            {other}
          </Callout>
        ) : null}
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
