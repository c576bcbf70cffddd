'use client';

import { useState } from 'react';
import { problemText } from '@/components/access/api-keys/create/form-problem';
import { revokeReasons } from '@/components/access/api-keys/list/key-status-words';
import type { KeyActions } from '@/components/access/api-keys/list/use-key-actions';
import { AlertDialog } from '@/components/ui/alert-dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { RadioGroup } from '@/components/ui/radio-group';
import {
  type KeyDto,
  REVOKE_REASONS,
  type RevokeReason,
  UNDO_REVOKE_MINUTES,
} from '@/lib/access/api-keys/contract';

const REASON_ORDER: readonly RevokeReason[] = [
  ...REVOKE_REASONS.filter((reason) => reason !== 'KEY_COMPROMISE').reverse(),
  'KEY_COMPROMISE',
];

export interface RevokeDialogProps {
  target: Pick<KeyDto, 'id' | 'name'> | null;
  onClose: () => void;
  actions: Pick<KeyActions, 'revoke'>;
}

/** Revokes a whole key. Undo is possible for an hour, except when the secret was exposed. */
export function RevokeDialog({ target, onClose, actions }: RevokeDialogProps) {
  if (!target) return null;
  return <OpenRevokeDialog key={target.id} target={target} onClose={onClose} actions={actions} />;
}

function OpenRevokeDialog({
  target,
  onClose,
  actions,
}: RevokeDialogProps & { target: Pick<KeyDto, 'id' | 'name'> }) {
  const [reason, setReason] = useState<RevokeReason>('UNSPECIFIED');
  const [comment, setComment] = useState('');
  const [error, setError] = useState<string | null>(null);
  const exposed = reason === 'KEY_COMPROMISE';
  const confirm = async () => {
    setError(null);
    try {
      const text = comment.trim();
      await actions.revoke(target, { reason, ...(text ? { comment: text } : {}) });
    } catch (cause) {
      setError(problemText(cause));
      throw cause;
    }
  };
  return (
    <AlertDialog
      open
      onOpenChange={(open) => {
        if (!open) onClose();
      }}
      title={`Revoke ${target.name}?`}
      description={
        exposed
          ? 'All secrets of this key stop working immediately. You cannot undo this.'
          : `All secrets of this key stop working immediately. You can undo this for ${UNDO_REVOKE_MINUTES} minutes.`
      }
      confirmLabel="Revoke now"
      typedName={exposed ? target.name : undefined}
      onConfirm={confirm}
      error={error}
    >
      <Field label="Reason">
        <RadioGroup
          aria-label="Reason"
          value={reason}
          onValueChange={setReason}
          options={REASON_ORDER.map((value) => ({ value, ...revokeReasons[value] }))}
        />
      </Field>
      <Field label="Comment" optional hint="Kept in the audit log.">
        <Input value={comment} maxLength={500} onChange={(event) => setComment(event.currentTarget.value)} />
      </Field>
    </AlertDialog>
  );
}
