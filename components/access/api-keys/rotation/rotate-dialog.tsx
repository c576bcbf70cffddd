'use client';

import { useId, useState } from 'react';
import { FormProblem } from '@/components/access/api-keys/create/form-problem';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Dialog, DialogClose } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { RadioGroup } from '@/components/ui/radio-group';
import { Select } from '@/components/ui/select';
import { formatExact } from '@/components/ui/time-format';
import { useTimeZone } from '@/components/ui/time-zone';
import { useNow } from '@/components/ui/use-now';
import { GRACE_CHOICES, type KeyDto, type RotateKeyInput } from '@/lib/access/api-keys/contract';
import { graceLabel } from './duration';
import { rotateSteps } from './rotate-steps';

const CLOCK_TICK_MS = 15_000;

export interface RotateDialogProps {
  keyDto: KeyDto;
  open: boolean;
  onClose: () => void;
  onRotate: (input: RotateKeyInput) => void;
  isPending: boolean;
  error: unknown;
}

type Cause = 'routine' | 'exposed';

/** Chooses how the old secret ends, and says beforehand what will happen when. */
export function RotateDialog({ keyDto: key, open, onClose, onRotate, isPending, error }: RotateDialogProps) {
  const formId = useId();
  const [cause, setCause] = useState<Cause>('routine');
  const [grace, setGrace] = useState<(typeof GRACE_CHOICES)[number]>('24h');
  const [start, setStart] = useState<'first_use' | 'now'>('first_use');
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const compromised = cause === 'exposed';
  const input: RotateKeyInput = compromised
    ? { grace: '0', start: 'now', compromised: true, reason: reason.trim() || undefined }
    : { grace, start, reason: reason.trim() || undefined };
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (!next) onClose();
      }}
      title={`Rotate ${key.name}`}
      description="Creates a new secret. The key keeps its name, scopes, networks, rate limits and expiry date."
      footer={
        <>
          <DialogClose render={<Button>Cancel</Button>} />
          <Button
            type="submit"
            form={formId}
            variant={compromised ? 'danger' : 'primary'}
            loading={isPending}
            disabled={compromised && typed.trim() !== key.name}
          >
            {compromised ? 'Revoke and replace' : 'Rotate key'}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          onRotate(input);
        }}
      >
        {error ? <FormProblem error={error} what="Could not rotate the key" /> : null}
        <RadioGroup
          aria-label="Why"
          layout="boxes"
          value={cause}
          onValueChange={setCause}
          options={[
            {
              value: 'routine',
              label: 'Routine',
              hint: 'Both secrets work during a grace period, so there is no downtime.',
            },
            {
              value: 'exposed',
              label: 'The secret was exposed',
              hint: 'The old secret is revoked immediately. Services fail until they have the new one.',
            },
          ]}
        />
        {compromised ? (
          <Callout tone="danger" title="This cannot be undone">
            The old secret stops working immediately, and every attempt to use it is logged as REVOKED.
          </Callout>
        ) : (
          <GraceFields grace={grace} onGrace={setGrace} start={start} onStart={setStart} />
        )}
        <Field label="Reason" optional hint="Kept in the audit log and in the version history.">
          <Input value={reason} maxLength={500} onChange={(event) => setReason(event.currentTarget.value)} />
        </Field>
        <StepList keyDto={key} input={input} />
        {compromised ? (
          <Field
            label={
              <>Type {<code className="rounded-xs bg-sunken px-1 text-sm">{key.name}</code>} to confirm</>
            }
          >
            <Input
              mono
              value={typed}
              spellCheck={false}
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
          </Field>
        ) : null}
      </form>
    </Dialog>
  );
}

function GraceFields({
  grace,
  onGrace,
  start,
  onStart,
}: {
  grace: (typeof GRACE_CHOICES)[number];
  onGrace: (grace: (typeof GRACE_CHOICES)[number]) => void;
  start: 'first_use' | 'now';
  onStart: (start: 'first_use' | 'now') => void;
}) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Field label="Grace period for the old secret">
        <Select
          value={grace}
          onValueChange={onGrace}
          options={GRACE_CHOICES.map((value) => ({ value, label: graceLabel(value) }))}
        />
      </Field>
      <Field label="The grace period starts">
        <RadioGroup
          aria-label="The grace period starts"
          value={start}
          onValueChange={onStart}
          options={[
            { value: 'first_use', label: 'When the new secret is first used' },
            { value: 'now', label: 'Now' },
          ]}
        />
      </Field>
    </div>
  );
}

function StepList({ keyDto, input }: { keyDto: KeyDto; input: RotateKeyInput }) {
  const { zone } = useTimeZone();
  const nowMs = useNow(CLOCK_TICK_MS) ?? Date.parse(keyDto.updatedAt);
  const steps = rotateSteps(keyDto, input, nowMs, (date) => formatExact(date, zone, 'minute'));
  return (
    <section aria-label="What will happen" className="border-t border-line pt-3">
      <h3 className="text-sm font-medium">What will happen</h3>
      <ol className="mt-2 grid gap-x-4 gap-y-2 text-sm sm:grid-cols-[168px_1fr]">
        {steps.map(({ when, what }) => (
          <li key={when} className="grid gap-x-4 sm:col-span-2 sm:grid-cols-subgrid">
            <span className="text-muted tabular-nums">{when}</span>
            <span>{what}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
