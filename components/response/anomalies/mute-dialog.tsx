'use client';

import { useState } from 'react';
import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Dialog } from '@/components/ui/dialog';
import { Field } from '@/components/ui/field';
import { Input } from '@/components/ui/input';
import { RadioGroup } from '@/components/ui/radio-group';
import { Select } from '@/components/ui/select';
import type { AnomalyDto, CreateAnomalyMuteInput } from '@/lib/response/anomalies/contract';
import { anomalyKeys } from './anomalies.queries';

const DAYS = [1, 7, 30, 90].map((days) => ({
  value: String(days),
  label: days === 1 ? '1 day' : `${days} days`,
}));

/** Keeps the rule of an anomaly quiet, about its subject or about everybody; a mute always ends. */
export function MuteDialog({ anomaly, onClose }: { anomaly: AnomalyDto; onClose: () => void }) {
  const [about, setAbout] = useState<'subject' | 'all'>('subject');
  const [days, setDays] = useState('7');
  const [reason, setReason] = useState('');
  const mute = useAction<CreateAnomalyMuteInput>({
    run: (body) => apiFetch('/anomaly-mutes', { method: 'POST', body }),
    refresh: [anomalyKeys.all],
    done: () => {
      onClose();
      return { title: 'Muted. Anomalies are still recorded.' };
    },
    failed: 'Could not mute the rule',
  });
  return (
    <Dialog
      open
      onOpenChange={(isOpen) => (isOpen ? undefined : onClose())}
      title={`Mute “${anomaly.ruleTitle}”`}
      description="No notifications are sent until the mute ends. Anomalies are still recorded."
    >
      <form
        noValidate
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const rule = anomaly.rule as CreateAnomalyMuteInput['rule'];
          mute.mutate({
            rule,
            subject: about === 'subject' ? anomaly.subject : null,
            reason,
            days: Number(days),
          });
        }}
      >
        <RadioGroup
          aria-label="About"
          value={about}
          onValueChange={setAbout}
          options={[
            {
              value: 'subject',
              label: anomaly.label || anomaly.subject,
              hint: 'Mute the rule for this subject only.',
            },
            { value: 'all', label: 'Everyone', hint: 'Mute the rule for everyone.' },
          ]}
        />
        <Field label="Duration">
          <Select options={DAYS} value={days} onValueChange={setDays} />
        </Field>
        <Field label="Reason" hint="At least 10 characters. Recorded in the audit log.">
          <Input value={reason} onChange={(event) => setReason(event.target.value)} />
        </Field>
        {mute.error ? <Callout tone="danger">{mute.error.message}</Callout> : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="primary"
            loading={mute.isPending}
            disabled={reason.trim().length < 10}
          >
            Mute
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
