'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { ApiError, apiFetch } from '@/components/shell/api-client';
import { useIdempotencyKey } from '@/components/shell/use-idempotency-key';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Checkbox } from '@/components/ui/checkbox';
import { CodeBlock } from '@/components/ui/code-block';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Textarea } from '@/components/ui/input';
import { Select } from '@/components/ui/select';
import { SkeletonLines } from '@/components/ui/skeleton';
import { visibleText } from '@/components/ui/visible-text';
import {
  type ExceptionDto,
  type RequestExceptionInput,
  requestExceptionInput,
} from '@/lib/response/detections/exception-contract';
import type { DetectionDto } from '@/lib/response/detections/view-contract';
import { detectionKeys, eventQuery } from './detections.queries';
import { type Choice, choicesOf, FIELDS_MAX, fieldsOf, firstChoice } from './exception-draft';
import { previewQuery } from './exceptions.queries';
import { Replay } from './replay-words';

const DAYS = [7, 30, 90, 180, 366].map((days) => ({ value: String(days), label: `${days} days` }));

function Fields({
  choices,
  chosen,
  onChosen,
  error,
}: {
  choices: readonly Choice[];
  chosen: ReadonlySet<string>;
  onChosen: (chosen: ReadonlySet<string>) => void;
  error: string | undefined;
}) {
  const toggle = (name: string, isChosen: boolean) => {
    const next = new Set(chosen);
    if (isChosen) next.add(name);
    else next.delete(name);
    onChosen(next);
  };
  return (
    <fieldset className="flex min-w-0 flex-col gap-1.5">
      <legend className="mb-1.5 font-medium text-sm">All of these fields, exactly</legend>
      <ul className="scroll-quiet flex max-h-52 flex-col overflow-y-auto rounded-md border border-line py-1">
        {choices.map(({ name, value, isFleeting }) => (
          <li key={name} className="px-3 py-1">
            <Checkbox
              checked={chosen.has(name)}
              disabled={!chosen.has(name) && chosen.size >= FIELDS_MAX}
              onCheckedChange={(isChosen) => toggle(name, isChosen === true)}
              label={
                <span className="flex min-w-0 flex-col">
                  <code className="text-xs">
                    {name}
                    {isFleeting ? <span className="text-faint"> differs in every event</span> : null}
                  </code>
                  <code className="line-clamp-1 text-xs break-all text-muted">{visibleText(value)}</code>
                </span>
              }
            />
          </li>
        ))}
      </ul>
      {error ? <p className="text-danger-text text-sm">{error}</p> : null}
    </fieldset>
  );
}

function Requested({ exception, onClose }: { exception: ExceptionDto; onClose: () => void }) {
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title="Waiting for approval"
      description="It covers nothing until someone else approves it under Exceptions."
      footer={
        <Button variant="primary" onClick={onClose}>
          Done
        </Button>
      }
    >
      <div className="flex flex-col gap-2">
        <p className="text-sm">
          {exception.kind === 'falco'
            ? 'To keep these events from being sent at all, add this to Falco’s rules:'
            : 'To keep these alerts from being sent at all, silence them in Alertmanager:'}
        </p>
        <CodeBlock code={exception.upstream} copyLabel="Copy" />
      </div>
    </Dialog>
  );
}

type Errors = Partial<Record<string, string>>;

function useRequest(event: DetectionDto) {
  const client = useQueryClient();
  const { keyFor } = useIdempotencyKey();
  const [errors, setErrors] = useState<Errors>({});
  const request = useMutation({
    mutationFn: (body: RequestExceptionInput) =>
      apiFetch<ExceptionDto>('/detections/exceptions', {
        method: 'POST',
        body,
        idempotencyKey: keyFor(body),
      }),
    onError: (error) => {
      if (error instanceof ApiError)
        setErrors(Object.fromEntries(error.fields.map(({ path, message }) => [path.split('/')[0], message])));
    },
    onSettled: () => client.invalidateQueries({ queryKey: detectionKeys.exceptions }),
  });
  const submit = (given: Omit<RequestExceptionInput, 'kind' | 'rule'>) => {
    const parsed = requestExceptionInput.safeParse({ kind: event.kind, rule: event.rule, ...given });
    if (parsed.success) request.mutate(parsed.data);
    else
      setErrors(
        Object.fromEntries(parsed.error.issues.map(({ path, message }) => [String(path[0]), message])),
      );
  };
  return { request, submit, errors, clear: () => setErrors({}) };
}

/** Says that what an event shows is expected: exact values, a reason, an end, and a second person. */
export function ExceptionDialog({ event, onClose }: { event: DetectionDto; onClose: () => void }) {
  const formId = useId();
  const detail = useQuery(eventQuery(event.id));
  const choices = choicesOf(event.kind, detail.data?.fields ?? []);
  const [picked, setPicked] = useState<ReadonlySet<string> | null>(null);
  const chosen = picked ?? new Set(firstChoice(choices));
  const fields = fieldsOf(choices, chosen);
  const preview = useQuery(previewQuery({ kind: event.kind, rule: event.rule, fields }));
  const [reason, setReason] = useState('');
  const [days, setDays] = useState('90');
  const { request, submit, errors, clear } = useRequest(event);
  if (request.data) return <Requested exception={request.data} onClose={onClose} />;
  return (
    <Dialog
      open
      onOpenChange={(open) => (open || request.isPending ? undefined : onClose())}
      title="Expect this"
      description={visibleText(event.rule)}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" form={formId} variant="primary" loading={request.isPending}>
            Request approval
          </Button>
        </>
      }
    >
      <form
        id={formId}
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(submitted: FormEvent) => {
          submitted.preventDefault();
          submit({ fields, reason, days: Number(days) });
        }}
      >
        {request.error && Object.keys(errors).length === 0 ? (
          <Callout tone="danger" title="Could not request the exception">
            {request.error.message}
          </Callout>
        ) : null}
        {detail.isPending ? <SkeletonLines lines={5} label="Loading fields" /> : null}
        {detail.data ? (
          <Fields
            choices={choices}
            chosen={chosen}
            error={errors.fields}
            onChosen={(next) => {
              clear();
              setPicked(next);
            }}
          />
        ) : null}
        <Callout tone="neutral">
          {chosen.size === 0 ? 'Choose at least one field.' : null}
          {preview.data ? <Replay replay={preview.data} /> : null}
          {chosen.size > 0 && preview.isPending ? 'Comparing with the last 90 days…' : null}
          {preview.isError ? `Could not compare: ${preview.error.message}` : null}
        </Callout>
        <Field label="Reason" hint="Kept with the exception and in the audit log." error={errors.reason}>
          <Textarea
            rows={3}
            maxLength={1000}
            value={reason}
            onChange={(changed) => {
              clear();
              setReason(changed.currentTarget.value);
            }}
          />
        </Field>
        <Field label="Ends after" error={errors.days}>
          <Select value={days} onValueChange={setDays} options={DAYS} />
        </Field>
      </form>
    </Dialog>
  );
}
