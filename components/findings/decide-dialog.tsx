'use client';

import { type FormEvent, useId, useState } from 'react';
import { ApiError } from '@/components/shell/api-client';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import {
  type DecideFindingInput,
  decideFindingInput,
  type FindingDto,
  JUSTIFICATIONS,
} from '@/lib/findings/contract';
import { type DecisionDraft, dayAfter, inputOf } from './decision.utils';
import { JUSTIFICATION_WORDS } from './finding-words';
import { FINDINGS_PER_DECISION_MAX, useDecide } from './use-decisions';

type Choice = DecideFindingInput['decision'];

const ACCEPTED_DAYS = 90;
const REASON_NEEDED: readonly Choice[] = ['accepted', 'false_positive', 'resolved_manually'];

const CHOICES: readonly { value: Choice; label: string; description: string }[] = [
  {
    value: 'accepted',
    label: 'Accept the risk',
    description: 'Until a day that you choose; somebody else must approve it.',
  },
  { value: 'false_positive', label: 'False positive', description: 'The scanner is wrong.' },
  {
    value: 'not_affected',
    label: 'Not affected',
    description: 'It is there, but cannot do harm here.',
  },
  { value: 'confirmed', label: 'Confirm', description: 'It is real; it stays open.' },
  {
    value: 'resolved_manually',
    label: 'Resolved by hand',
    description: 'A secret that was rotated or revoked. Anything else closes when a scan no longer sees it.',
  },
  { value: 'none', label: 'Reopen', description: 'Lifts the decision.' },
];

function choicesFor(findings: readonly FindingDto[]) {
  const isDecided = findings.some(({ decision }) => decision.value !== 'none');
  return CHOICES.filter(({ value }) => value !== 'none' || isDecided);
}

type Errors = Partial<Record<'reason' | 'justification' | 'until', string>>;

function errorsOf(issues: readonly { path: PropertyKey[]; message: string }[]): Errors {
  return Object.fromEntries(issues.map(({ path, message }) => [String(path[0]), message]));
}

function useDecisionForm(findings: readonly FindingDto[], onDone: () => void) {
  const decide = useDecide();
  const [errors, setErrors] = useState<Errors>({});
  const [draft, setDraft] = useState<DecisionDraft>({
    decision: 'accepted',
    reason: '',
    justification: '',
    untilDay: dayAfter(ACCEPTED_DAYS),
  });
  const change = (part: Partial<DecisionDraft>) => {
    setErrors({});
    setDraft((before) => ({ ...before, ...part }));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const parsed = decideFindingInput.safeParse(inputOf(draft));
    if (!parsed.success) return setErrors(errorsOf(parsed.error.issues));
    decide.mutate(
      { findings, change: parsed.data },
      {
        onSuccess: onDone,
        onError: (error) => {
          if (error instanceof ApiError)
            setErrors(errorsOf(error.fields.map(({ path, message }) => ({ path: [path], message }))));
        },
      },
    );
  };
  return { decide, draft, change, errors, submit };
}

function DecisionFields({
  findings,
  form,
}: {
  findings: readonly FindingDto[];
  form: ReturnType<typeof useDecisionForm>;
}) {
  const { draft, change, errors } = form;
  return (
    <>
      <Field label="Decision">
        <Select
          value={draft.decision}
          onValueChange={(decision) => change({ decision })}
          options={choicesFor(findings)}
        />
      </Field>
      {draft.decision === 'not_affected' ? (
        <Field label="Why not" error={errors.justification}>
          <Select
            value={draft.justification || null}
            onValueChange={(justification) => change({ justification })}
            placeholder="Choose why"
            options={JUSTIFICATIONS.map((value) => ({
              value: value as string,
              label: JUSTIFICATION_WORDS[value],
            }))}
          />
        </Field>
      ) : null}
      {draft.decision === 'accepted' ? (
        <Field
          label="Until"
          hint="The end of that day, UTC. Then it counts as open again."
          error={errors.until}
        >
          <Input
            type="date"
            min={dayAfter(0)}
            value={draft.untilDay}
            onChange={(event) => change({ untilDay: event.currentTarget.value })}
          />
        </Field>
      ) : null}
      <Field
        label="Reason"
        optional={!REASON_NEEDED.includes(draft.decision)}
        hint="Kept in the history and the audit log."
        error={errors.reason}
      >
        <Textarea
          rows={3}
          maxLength={1000}
          value={draft.reason}
          onChange={(event) => change({ reason: event.currentTarget.value })}
        />
      </Field>
    </>
  );
}

export interface DecideDialogProps {
  findings: readonly FindingDto[];
  onClose: () => void;
  onDone?: () => void;
}

/** One decision about one finding or many. */
export function DecideDialog({ findings, onClose, onDone }: DecideDialogProps) {
  const formId = useId();
  const form = useDecisionForm(findings, () => {
    onDone?.();
    onClose();
  });
  const [only] = findings;
  const isTooMany = findings.length > FINDINGS_PER_DECISION_MAX;
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={findings.length === 1 ? 'Decide about this finding' : `Decide about ${findings.length} findings`}
      description={findings.length === 1 ? <span className="break-words">{only?.title}</span> : undefined}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            form={formId}
            variant="primary"
            disabled={isTooMany}
            loading={form.decide.isPending}
          >
            {form.draft.decision === 'accepted' ? 'Ask for approval' : 'Decide'}
          </Button>
        </>
      }
    >
      <form id={formId} noValidate onSubmit={form.submit} className="flex flex-col gap-4">
        {isTooMany ? (
          <Callout tone="warning">At most {FINDINGS_PER_DECISION_MAX} findings at a time.</Callout>
        ) : null}
        {form.decide.error && Object.keys(form.errors).length === 0 ? (
          <Callout tone="danger" title="Nothing was decided">
            {form.decide.error.message}
          </Callout>
        ) : null}
        <DecisionFields findings={findings} form={form} />
      </form>
    </Dialog>
  );
}
