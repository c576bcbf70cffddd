'use client';

import { useState } from 'react';
import { problemText } from '@/components/access/api-keys/create/form-problem';
import type { KeyActions } from '@/components/access/api-keys/list/use-key-actions';
import { AlertDialog } from '@/components/ui/alert-dialog';
import { Button } from '@/components/ui/button';
import { Field } from '@/components/ui/field';
import { Select } from '@/components/ui/select';
import { formatExact } from '@/components/ui/time-format';
import { useTimeZone } from '@/components/ui/time-zone';
import { useNow } from '@/components/ui/use-now';
import { GRACE_CHOICES, type KeyDto } from '@/lib/access/api-keys/contract';
import { parseDuration, SECOND_MS } from '@/lib/platform/core/clock';
import { exactDuration, graceLabel } from './duration';
import { graceEnd } from './rotate-steps';
import { type Rotation, retireVerdict } from './rotation-state';

const CLOCK_TICK_MS = 15_000;

interface RotationActionsProps {
  keyDto: KeyDto;
  rotation: Rotation;
  actions: KeyActions;
}

/** What an operator may do to an open rotation. Each says beforehand what it changes. */
export function RotationActions(props: RotationActionsProps) {
  return props.rotation.phase === 'waiting' ? <WaitingActions {...props} /> : <GraceActions {...props} />;
}

/** Runs an act for a confirm dialog: the dialog stays open with the sentence when it fails. */
function useConfirmed(): { error: string | null; run: (act: () => Promise<void>) => Promise<void> } {
  const [error, setError] = useState<string | null>(null);
  const run = async (act: () => Promise<void>) => {
    setError(null);
    try {
      await act();
    } catch (cause) {
      setError(problemText(cause));
      throw cause;
    }
  };
  return { error, run };
}

function WaitingActions({ keyDto, rotation: { old, next }, actions }: RotationActionsProps) {
  const cancel = useConfirmed();
  const start = useConfirmed();
  const graceMs = next.predecessorGraceSeconds * SECOND_MS;
  return (
    <>
      <AlertDialog
        trigger={<Button variant="danger-quiet">Cancel rotation</Button>}
        title="Cancel the rotation?"
        description={`Version ${next.number} stops working immediately. Version ${old.number} is not affected.`}
        confirmLabel="Cancel rotation"
        cancelLabel="Keep rotation"
        error={cancel.error}
        onConfirm={() =>
          cancel.run(() =>
            actions.act(keyDto, { path: 'cancel-rotation' }, `Rotation of ${keyDto.name} cancelled`),
          )
        }
      />
      <AlertDialog
        trigger={<Button>Start the clock now</Button>}
        title="Start the grace period now?"
        tone="primary"
        description={
          graceMs === 0
            ? `Version ${old.number} stops working immediately, even though version ${next.number} has not been used yet.`
            : `Version ${old.number} stops working in ${exactDuration(graceMs)}, even if version ${next.number} has not been used by then.`
        }
        confirmLabel="Start the clock"
        error={start.error}
        onConfirm={() =>
          start.run(() =>
            actions.act(keyDto, { path: 'start-grace' }, `Grace period of version ${old.number} started`),
          )
        }
      />
    </>
  );
}

function GraceActions({ keyDto, rotation, actions }: RotationActionsProps) {
  const now = useNow(CLOCK_TICK_MS) ?? Date.parse(keyDto.updatedAt);
  const retire = useConfirmed();
  const { old } = rotation;
  const verdict = retireVerdict(keyDto, rotation, now);
  return (
    <>
      <ChangeGrace keyDto={keyDto} rotation={rotation} actions={actions} />
      <AlertDialog
        trigger={<Button variant={verdict.safe ? 'primary' : 'danger-quiet'}>Revoke old version</Button>}
        title={`Revoke version ${old.number} now?`}
        tone={verdict.safe ? 'primary' : 'danger'}
        description={[
          'It stops working immediately.',
          `${verdict.title}.`,
          ...(verdict.safe ? [] : verdict.reasons),
        ].join(' ')}
        confirmLabel="Revoke now"
        error={retire.error}
        onConfirm={() =>
          retire.run(() =>
            actions.act(
              keyDto,
              { path: 'retire-old' },
              `Version ${old.number} of ${keyDto.name} revoked`,
              () => void actions.undoRevoke(keyDto, old.number),
            ),
          )
        }
      />
    </>
  );
}

type Grace = Exclude<(typeof GRACE_CHOICES)[number], '0'>;
const CHOICES = GRACE_CHOICES.filter((choice): choice is Grace => choice !== '0');

function ChangeGrace({ keyDto, rotation: { old }, actions }: RotationActionsProps) {
  const { zone } = useTimeZone();
  const now = useNow(CLOCK_TICK_MS) ?? Date.parse(keyDto.updatedAt);
  const [grace, setGrace] = useState<Grace>('24h');
  const change = useConfirmed();
  const end = graceEnd(keyDto, parseDuration(grace) ?? 0, now);
  const undo = () => {
    const leftSeconds = Math.floor((Date.parse(old.endsAt ?? '') - Date.now()) / SECOND_MS);
    if (leftSeconds <= 0) return;
    const back = { path: 'grace', body: { grace: `${leftSeconds}s` } } as const;
    void actions.act(keyDto, back, 'Grace period end restored');
  };
  return (
    <AlertDialog
      trigger={<Button>Change end of grace period</Button>}
      title={`When should version ${old.number} stop working?`}
      tone="primary"
      description={`Now: ${old.endsAt ? formatExact(new Date(old.endsAt), zone, 'minute') : 'no end'}. New end: ${formatExact(end, zone, 'minute')}.`}
      confirmLabel="Save"
      error={change.error}
      onConfirm={() =>
        change.run(() =>
          actions.act(
            keyDto,
            { path: 'grace', body: { grace } },
            `Version ${old.number} ends ${formatExact(end, zone, 'minute')}`,
            undo,
          ),
        )
      }
    >
      <Field label="From now">
        <Select
          value={grace}
          onValueChange={setGrace}
          options={CHOICES.map((value) => ({ value, label: graceLabel(value) }))}
        />
      </Field>
    </AlertDialog>
  );
}
