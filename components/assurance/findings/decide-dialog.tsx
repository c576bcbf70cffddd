'use client';

import { useQuery } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId, useRef, useState } from 'react';
import { ApiError } from '@/components/shell/api-client';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input, Textarea } from '@/components/ui/input';
import { Progress } from '@/components/ui/progress';
import { Select } from '@/components/ui/select';
import { BULK_MAX } from '@/lib/assurance/findings/bulk-contract';
import {
  type DecideFindingInput,
  decideFindingInput,
  JUSTIFICATIONS,
} from '@/lib/assurance/findings/contract';
import { type DecisionDraft, dayAfter, inputOf } from './decision-draft';
import { JUSTIFICATION_WORDS } from './finding-words';
import { matchingCountQuery } from './findings.queries';
import { type DecisionSubject, useDecide } from './use-decisions';

type Choice = DecideFindingInput['decision'];

const ACCEPTED_DAYS = 90;
const REASON_NEEDED: readonly Choice[] = ['accepted', 'false_positive', 'resolved_manually'];

const CHOICES: readonly { value: Choice; label: string; description: string }[] = [
  {
    value: 'accepted',
    label: 'Accept the risk',
    description: 'Accepted until the date you choose. Someone else must approve it.',
  },
  { value: 'false_positive', label: 'False positive', description: 'The scanner reported this in error.' },
  {
    value: 'not_affected',
    label: 'Not affected',
    description: 'The problem is present but cannot be exploited here.',
  },
  { value: 'confirmed', label: 'Confirm', description: 'The finding is real and stays open.' },
  {
    value: 'resolved_manually',
    label: 'Resolved manually',
    description:
      'For secrets that were rotated or revoked. Other findings close when a complete scan no longer reports them.',
  },
  { value: 'none', label: 'Reopen', description: 'Withdraws the decision.' },
];

function choicesFor(subject: DecisionSubject) {
  const isDecided = 'filter' in subject || subject.findings.some(({ decision }) => decision.value !== 'none');
  return CHOICES.filter(({ value }) => value !== 'none' || isDecided);
}

type Errors = Partial<Record<'reason' | 'justification' | 'until', string>>;

function errorsOf(issues: readonly { path: PropertyKey[]; message: string }[]): Errors {
  return Object.fromEntries(issues.map(({ path, message }) => [String(path[0]), message]));
}

function useDecisionForm(subject: DecisionSubject, onDone: () => void) {
  const decide = useDecide();
  const isStopped = useRef(false);
  const [decided, setDecided] = useState(0);
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
      {
        subject,
        change: parsed.data,
        onProgress: (count) => {
          setDecided(count);
          return !isStopped.current;
        },
      },
      {
        onSuccess: onDone,
        onError: (error) => {
          if (error instanceof ApiError)
            setErrors(errorsOf(error.fields.map(({ path, message }) => ({ path: [path], message }))));
        },
      },
    );
  };
  const stop = () => {
    isStopped.current = true;
  };
  return { decide, decided, draft, change, errors, submit, stop };
}

function DecisionFields({
  subject,
  form,
}: {
  subject: DecisionSubject;
  form: ReturnType<typeof useDecisionForm>;
}) {
  const { draft, change, errors } = form;
  return (
    <>
      <Field label="Decision">
        <Select
          value={draft.decision}
          onValueChange={(decision) => change({ decision })}
          options={choicesFor(subject)}
        />
      </Field>
      {draft.decision === 'not_affected' ? (
        <Field label="Justification" error={errors.justification}>
          <Select
            value={draft.justification || null}
            onValueChange={(justification) => change({ justification })}
            placeholder="Choose a justification"
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
          hint="Through the end of this day (UTC). After that, the finding is open again."
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

interface SubjectWords {
  /** Null while the filter is being counted. */
  count: number | null;
  title: string;
  description: ReactNode;
  isTooMany: boolean;
}

function useSubject(subject: DecisionSubject): SubjectWords {
  const filter = 'filter' in subject ? subject.filter : null;
  const counted = useQuery({ ...matchingCountQuery(filter ?? {}), enabled: filter !== null });
  if ('findings' in subject) {
    const [only, ...others] = subject.findings;
    const count = subject.findings.length;
    const isOne = only !== undefined && others.length === 0;
    return {
      count,
      title: isOne ? 'Record a decision' : `Record a decision on ${count.toLocaleString('en')} findings`,
      description: isOne ? <span className="break-words">{only.title}</span> : undefined,
      isTooMany: count > BULK_MAX,
    };
  }
  const { count = null, isCapped = false } = counted.data ?? {};
  const number = count === null ? '' : ` ${isCapped ? 'of at least ' : ''}${count.toLocaleString('en')}`;
  return {
    count,
    title: `Decide about all${number} findings`,
    description: 'All findings that match the filter, including those not loaded yet.',
    isTooMany: false,
  };
}

export interface DecideDialogProps {
  subject: DecisionSubject;
  onClose: () => void;
  onDone?: () => void;
}

/** One decision about one finding, many, or all that the filter finds. */
export function DecideDialog({ subject, onClose, onDone }: DecideDialogProps) {
  const formId = useId();
  const form = useDecisionForm(subject, () => {
    onDone?.();
    onClose();
  });
  const { count, title, description, isTooMany } = useSubject(subject);
  const { isPending, error } = form.decide;
  const isFilter = 'filter' in subject;
  return (
    <Dialog
      open
      onOpenChange={(open) => {
        if (!open && !isPending) onClose();
      }}
      title={title}
      description={description}
      footer={
        <>
          <Button onClick={isPending && isFilter ? form.stop : onClose}>
            {isPending && isFilter ? 'Stop' : 'Cancel'}
          </Button>
          <Button type="submit" form={formId} variant="primary" disabled={isTooMany} loading={isPending}>
            {form.draft.decision === 'accepted' ? 'Request approval' : 'Decide'}
          </Button>
        </>
      }
    >
      <form id={formId} noValidate onSubmit={form.submit} className="flex flex-col gap-4">
        {isTooMany ? <Callout tone="warning">At most {BULK_MAX} findings at a time.</Callout> : null}
        {error && Object.keys(form.errors).length === 0 ? (
          <Callout tone="danger" title="Could not record the decision">
            {error.message}
          </Callout>
        ) : null}
        <DecisionFields subject={subject} form={form} />
        {isPending && isFilter ? (
          <Progress
            label="Decided"
            value={count === null ? null : Math.min(form.decided, count)}
            max={count ?? undefined}
            text={form.decided.toLocaleString('en')}
          />
        ) : null}
      </form>
    </Dialog>
  );
}
