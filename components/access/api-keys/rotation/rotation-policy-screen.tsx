'use client';

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { apiFetch } from '@/components/shell/api-client';
import { QueryProblem } from '@/components/shell/query-problem';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Checkbox, Switch } from '@/components/ui/checkbox';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { PageBody, PageHeader, PageSection } from '@/components/ui/page-header';
import { RadioGroup } from '@/components/ui/radio-group';
import { Select } from '@/components/ui/select';
import { WEEKDAYS } from '@/components/ui/weekdays';
import {
  type RotationPolicyDto,
  type RotationRules,
  rotationRules,
} from '@/lib/access/api-keys/rotation-contract';
import { deliveryOptions, graceOptions, scheduleText, unusedOptions } from './rotation-words';

const policyKey = ['policies', 'rotation'] as const;

function statusSentence({ rules, keys }: RotationPolicyDto): string {
  if (!rules.isEnabled)
    return 'Automatic rotation is off. Keys keep their secrets until someone rotates them.';
  const rotating =
    keys.rotating === 1 ? '1 key rotates automatically' : `${keys.rotating} keys rotate automatically`;
  return keys.overdue > 0
    ? `${rotating}; ${keys.overdue} overdue, waiting for the rotation window.`
    : `${rotating}.`;
}

/** The first thing wrong with each field, by its name. */
function problemsOf(rules: RotationRules): Partial<Record<string, string>> {
  const result = rotationRules.safeParse(rules);
  if (result.success) return {};
  return Object.fromEntries(
    result.error.issues.map((issue) => [String(issue.path[0]), issue.message]).reverse(),
  );
}

export function RotationPolicyScreen({
  initial,
  canWrite,
}: {
  initial: RotationPolicyDto;
  canWrite: boolean;
}) {
  const policy = useQuery({
    queryKey: policyKey,
    queryFn: ({ signal }) => apiFetch<RotationPolicyDto>('/policies/rotation', { signal }),
    initialData: initial,
  });
  return (
    <PageBody width="form">
      <PageHeader title="Rotation" status={statusSentence(policy.data)} />
      <QueryProblem queries={[policy]} title="Could not refresh the policy" />
      {policy.data.crowded.map(({ owner, keys, days }) => (
        <Callout key={owner} tone="warning" title={`${owner} has more keys than the rotation window allows`}>
          {keys} keys, but only {days} days per period when a rotation can start. The remaining keys rotate
          late. Add days to the window or lengthen the period.
        </Callout>
      ))}
      <PolicyForm key={policy.data.version} policy={policy.data} canWrite={canWrite} />
    </PageBody>
  );
}

interface PartProps {
  rules: RotationRules;
  problems: Partial<Record<string, string>>;
  disabled: boolean;
  change: (change: Partial<RotationRules>) => void;
}

function PolicyForm({ policy, canWrite }: { policy: RotationPolicyDto; canWrite: boolean }) {
  const [rules, setRules] = useState(policy.rules);
  const problems = problemsOf(rules);
  const save = useAction<RotationRules>({
    run: (body) => apiFetch('/policies/rotation', { method: 'PATCH', body, ifMatch: `"${policy.version}"` }),
    refresh: [policyKey],
    done: () => ({ title: 'Rotation policy saved' }),
    failed: 'Could not save the policy',
  });
  const part: PartProps = {
    rules,
    problems,
    disabled: !canWrite,
    change: (change) => setRules((before) => ({ ...before, ...change })),
  };
  const isChanged = JSON.stringify(rules) !== JSON.stringify(policy.rules);
  return (
    <form
      noValidate
      className="flex flex-col gap-6"
      onSubmit={(event) => {
        event.preventDefault();
        if (Object.keys(problems).length === 0) save.mutate(rules);
      }}
    >
      <Switch
        label="Rotate keys automatically"
        hint="Rotation does not interrupt services. The old secret keeps working until the new one is in use, unless you choose to end it below."
        checked={rules.isEnabled}
        disabled={!canWrite}
        onCheckedChange={(isEnabled) => part.change({ isEnabled })}
      />
      <SchedulePart {...part} timeZone={policy.timeZone} />
      <SecretPart {...part} isFileDeliveryPossible={policy.isFileDeliveryPossible} />
      {save.error ? <Callout tone="danger">{save.error.message}</Callout> : null}
      {canWrite ? (
        <div className="flex justify-end gap-2">
          <Button disabled={!isChanged} onClick={() => setRules(policy.rules)}>
            Discard changes
          </Button>
          <Button type="submit" variant="primary" disabled={!isChanged} loading={save.isPending}>
            Save policy
          </Button>
        </div>
      ) : null}
    </form>
  );
}

function SchedulePart({ rules, problems, disabled, change, timeZone }: PartProps & { timeZone: string }) {
  const toggle = (day: number, isOn: boolean) =>
    change({
      windowDays: isOn ? [...rules.windowDays, day].sort() : rules.windowDays.filter((one) => one !== day),
    });
  return (
    <PageSection title="Schedule" description={scheduleText(rules, timeZone)}>
      <div className="flex flex-col gap-4">
        <Field label="Rotate every (days)" error={problems.periodDays} className="max-w-40">
          <Input
            type="number"
            min={1}
            disabled={disabled}
            value={Number.isNaN(rules.periodDays) ? '' : rules.periodDays}
            onChange={(event) => change({ periodDays: event.target.valueAsNumber })}
          />
        </Field>
        <fieldset className="flex flex-col gap-2" disabled={disabled}>
          <legend className="mb-1 text-sm font-medium">Days when rotations can start</legend>
          <div className="flex flex-wrap gap-x-4 gap-y-2">
            {WEEKDAYS.map((name, i) => (
              <Checkbox
                key={name}
                label={name}
                disabled={disabled}
                checked={rules.windowDays.includes(i + 1)}
                onCheckedChange={(checked) => toggle(i + 1, checked === true)}
              />
            ))}
          </div>
          {problems.windowDays ? <p className="text-xs text-danger-text">{problems.windowDays}</p> : null}
        </fieldset>
        <div className="grid max-w-80 grid-cols-2 gap-4">
          <Field label="From" error={problems.windowFrom}>
            <Input
              mono
              disabled={disabled}
              value={rules.windowFrom}
              onChange={(event) => change({ windowFrom: event.target.value })}
            />
          </Field>
          <Field label="To" error={problems.windowTo}>
            <Input
              mono
              disabled={disabled}
              value={rules.windowTo}
              onChange={(event) => change({ windowTo: event.target.value })}
            />
          </Field>
        </div>
        <p className="text-sm text-muted">
          Keys with the same owner never rotate on the same day. Times use the tenant’s time zone; change it
          in Settings, Tenants.
        </p>
      </div>
    </PageSection>
  );
}

function SecretPart({
  rules,
  problems,
  disabled,
  change,
  isFileDeliveryPossible,
}: PartProps & { isFileDeliveryPossible: boolean }) {
  return (
    <PageSection
      title="The new secret"
      description="The new secret is created only when it is collected or delivered."
    >
      <div className="flex flex-col gap-4">
        <Field
          label="Delivery method"
          hint="Keys that are not set up for this method wait for someone to rotate them in the console."
        >
          <Select
            disabled={disabled}
            options={deliveryOptions.map((option) => ({
              ...option,
              disabled: option.value === 'file' && !isFileDeliveryPossible,
            }))}
            value={rules.delivery}
            onValueChange={(delivery) => change({ delivery })}
          />
        </Field>
        <Field label="Grace period for the old secret" hint="Starts when the new secret is first used.">
          <Select
            disabled={disabled}
            options={graceOptions}
            value={rules.grace}
            onValueChange={(grace) => change({ grace })}
          />
        </Field>
        <Field label="Days to start using the new secret" error={problems.unusedDays} className="max-w-40">
          <Input
            type="number"
            min={1}
            disabled={disabled}
            value={Number.isNaN(rules.unusedDays) ? '' : rules.unusedDays}
            onChange={(event) => change({ unusedDays: event.target.valueAsNumber })}
          />
        </Field>
        <RadioGroup
          aria-label="If the new secret is not used in time"
          layout="boxes"
          disabled={disabled}
          options={unusedOptions}
          value={rules.onUnused}
          onValueChange={(onUnused) => change({ onUnused })}
        />
      </div>
    </PageSection>
  );
}
