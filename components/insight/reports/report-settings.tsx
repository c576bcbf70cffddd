'use client';

import { useState } from 'react';
import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Checkbox, Switch } from '@/components/ui/checkbox';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import { WEEKDAY_OPTIONS } from '@/components/ui/weekdays';
import { type ReportSettingsDto, SECTION_KEYS, SECTIONS } from '@/lib/insight/reports/contract';
import { reportKeys } from './reports.queries';

type Draft = Pick<ReportSettingsDto, 'isEnabled' | 'weekday' | 'sendAt' | 'sections'>;

function Sections({ draft, set }: { draft: Draft; set: (part: Partial<Draft>) => void }) {
  const toggle = (key: (typeof SECTION_KEYS)[number], isOn: boolean) =>
    set({ sections: SECTION_KEYS.filter((one) => (one === key ? isOn : draft.sections.includes(one))) });
  return (
    <fieldset className="flex flex-col gap-2">
      <legend className="mb-1 text-sm font-medium">Sections</legend>
      {SECTION_KEYS.map((key) => (
        <Checkbox
          key={key}
          checked={draft.sections.includes(key)}
          onCheckedChange={(isOn) => toggle(key, isOn)}
          label={SECTIONS[key].title}
          hint={SECTIONS[key].description}
        />
      ))}
    </fieldset>
  );
}

function Form({ settings, onDone }: { settings: ReportSettingsDto; onDone: () => void }) {
  const { isEnabled, weekday, sendAt, sections } = settings;
  const [draft, setDraft] = useState<Draft>({ isEnabled, weekday, sendAt, sections });
  const set = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  const save = useAction<Draft>({
    run: (body) => apiFetch('/reports/settings', { method: 'PATCH', body, ifMatch: `"${settings.version}"` }),
    refresh: [reportKeys.settings],
    done: () => {
      onDone();
      return { title: 'Weekly report settings saved' };
    },
    failed: 'Could not save the weekly report settings',
  });
  return (
    <form
      noValidate
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(draft);
      }}
    >
      <Switch
        checked={draft.isEnabled}
        onCheckedChange={(isOn) => set({ isEnabled: isOn })}
        label="Create a report every week"
        hint={`Uses the tenant’s time zone, ${settings.timeZone}.`}
      />
      <div className="grid grid-cols-2 gap-4">
        <Field label="Day" disabled={!draft.isEnabled}>
          <Select
            options={WEEKDAY_OPTIONS}
            value={String(draft.weekday)}
            disabled={!draft.isEnabled}
            onValueChange={(day) => set({ weekday: Number(day) })}
          />
        </Field>
        <Field label="Time" disabled={!draft.isEnabled}>
          <Input
            type="time"
            value={draft.sendAt}
            disabled={!draft.isEnabled}
            onChange={(event) => set({ sendAt: event.target.value })}
          />
        </Field>
      </div>
      <Sections draft={draft} set={set} />
      <p className="text-sm text-muted">
        {settings.mailChannels.length > 0
          ? `Sent by email through ${settings.mailChannels.join(', ')}.`
          : 'No email channel receives it yet.'}{' '}
        Change recipients in Settings → Notifications.
      </p>
      {save.error ? <Callout tone="danger">{save.error.message}</Callout> : null}
      <div className="flex justify-end">
        <Button
          type="submit"
          variant="primary"
          loading={save.isPending}
          disabled={draft.sections.length === 0}
        >
          Save
        </Button>
      </div>
    </form>
  );
}

export function ReportSettings({ settings }: { settings: ReportSettingsDto }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <Dialog
      open={isOpen}
      onOpenChange={setIsOpen}
      title="Weekly report"
      description="When the report is created and what it contains."
      trigger={<Button>Change schedule</Button>}
    >
      <Form key={`${settings.version} ${isOpen}`} settings={settings} onDone={() => setIsOpen(false)} />
    </Dialog>
  );
}
