'use client';

import { useState } from 'react';
import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Badge } from '@/components/ui/badge';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { Severity } from '@/components/ui/severity';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { ReplayDto, RuleDto, UpdateRuleInput } from '@/lib/response/anomalies/contract';
import { anomalyKeys } from './anomalies.queries';

function useRule(rule: RuleDto) {
  const change = useAction<UpdateRuleInput>({
    run: (body) =>
      apiFetch(`/anomaly-rules/${rule.key}`, { method: 'PATCH', body, ifMatch: `"${rule.version}"` }),
    refresh: [anomalyKeys.all],
    done: ({ isEnabled, parameters }) => {
      if (parameters) return { title: 'Thresholds saved. Replay the rule, then turn it on.' };
      return { title: isEnabled ? `“${rule.title}” is on` : `“${rule.title}” is off` };
    },
    failed: 'Could not save the rule',
  });
  const replay = useAction<void>({
    run: () => apiFetch(`/anomaly-rules/${rule.key}/replay`, { method: 'POST', body: {} }),
    refresh: [anomalyKeys.all],
    done: () => null,
    failed: 'Could not replay the rule',
  });
  return { change, replay };
}

function Replay({ replay, at }: { replay: ReplayDto; at: string }) {
  const { raised, examples, isCut, historyDays } = replay;
  return (
    <div className="rounded-md bg-sunken px-3 py-2 text-sm">
      <p>
        In the 30 days up to <Time value={at} precision="minute" /> it would have found{' '}
        <strong className="font-semibold">{raised === 0 ? 'nothing' : raised.toLocaleString('en')}</strong>
        {isCut ? ' (most recent events only)' : ''}
        {historyDays < 1 ? '. There was no earlier history to compare with' : ''}.
      </p>
      {examples.length > 0 ? (
        <ul className="mt-1 flex flex-col gap-0.5 text-muted">
          {examples.map((example) => (
            <li key={example} className="break-words">
              {example}
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

function Numbers({
  rule,
  onSave,
  isSaving,
}: {
  rule: RuleDto;
  onSave: (parameters: Record<string, number>) => void;
  isSaving: boolean;
}) {
  const [draft, setDraft] = useState(() =>
    Object.fromEntries(rule.parameters.map(({ key, value }) => [key, String(value)])),
  );
  const isChanged = rule.parameters.some(({ key, value }) => draft[key] !== String(value));
  return (
    <form
      noValidate
      className="flex flex-wrap items-end gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        onSave(Object.fromEntries(Object.entries(draft).map(([key, value]) => [key, Number(value)])));
      }}
    >
      {rule.parameters.map(({ key, label, min, max, standard }) => (
        <Field
          key={key}
          label={label}
          hint={`${min} to ${max.toLocaleString('en')}, usually ${standard}`}
          className="w-64"
        >
          <Input
            type="number"
            inputMode="decimal"
            min={min}
            max={max}
            step="any"
            value={draft[key] ?? ''}
            onChange={(event) => setDraft((before) => ({ ...before, [key]: event.target.value }))}
          />
        </Field>
      ))}
      {isChanged ? (
        <Button type="submit" loading={isSaving} className="mb-5">
          Save thresholds
        </Button>
      ) : null}
    </form>
  );
}

function RuleActions({ rule, canChange }: { rule: RuleDto; canChange: boolean }) {
  const { change, replay } = useRule(rule);
  if (!canChange) return null;
  return (
    <div className="flex flex-wrap gap-2">
      <Button size="sm" loading={replay.isPending} onClick={() => replay.mutate()}>
        {rule.replay ? 'Replay again' : 'Replay last 30 days'}
      </Button>
      {rule.isEnabled ? (
        <Button size="sm" loading={change.isPending} onClick={() => change.mutate({ isEnabled: false })}>
          Turn off
        </Button>
      ) : (
        <Button
          size="sm"
          variant="primary"
          disabled={!rule.canEnable}
          loading={change.isPending}
          onClick={() => change.mutate({ isEnabled: true })}
        >
          Turn on
        </Button>
      )}
    </div>
  );
}

/** One rule: what it looks for, its numbers, what it would have found, and whether it is on. */
export function RuleRow({ rule, canChange }: { rule: RuleDto; canChange: boolean }) {
  const { change } = useRule(rule);
  return (
    <li className="flex flex-col gap-3 border-line border-t px-4 py-4 first:border-t-0">
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="flex min-w-0 flex-1 basis-80 flex-col gap-1">
          <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <span className="font-medium">{rule.title}</span>
            <Severity level={rule.severity} />
            <Status tone={rule.isEnabled ? 'success' : 'neutral'}>{rule.isEnabled ? 'On' : 'Off'}</Status>
            {rule.isLearning ? <Badge>Learning: needs {rule.learningDays} days of audit events</Badge> : null}
          </span>
          <span className="text-muted text-sm">{rule.about}</span>
        </div>
        <RuleActions rule={rule} canChange={canChange} />
      </div>
      {canChange ? (
        <Numbers
          key={rule.version}
          rule={rule}
          isSaving={change.isPending}
          onSave={(parameters) => change.mutate({ parameters })}
        />
      ) : null}
      {rule.replay && rule.replayedAt ? <Replay replay={rule.replay} at={rule.replayedAt} /> : null}
    </li>
  );
}
