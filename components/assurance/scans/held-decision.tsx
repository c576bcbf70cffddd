'use client';

import { useState } from 'react';
import { apiFetch } from '@/components/shell/api-client';
import { useAction } from '@/components/shell/use-action';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Field } from '@/components/ui/field';
import { Textarea } from '@/components/ui/input';
import type { DecideScanInput, ScanDto } from '@/lib/assurance/findings/contract';
import { findingsIn } from './scan-words';
import { scanKeys } from './scans.queries';

function useDecide(scan: ScanDto) {
  return useAction<DecideScanInput>({
    run: (body) => apiFetch<ScanDto>(`/scans/${scan.id}/decision`, { method: 'POST', body }),
    refresh: [scanKeys.all, ['findings']],
    done: ({ verdict }) => ({
      title:
        verdict === 'confirm'
          ? `${findingsIn(scan.counts?.held ?? 0)} of ${scan.asset.name} closed`
          : `Scan of ${scan.asset.name} rejected. No findings were closed.`,
    }),
    failed: 'Could not record your decision. The scan is still held.',
  });
}

/** A person's answer to a run that looks too good to be true. */
export function HeldDecision({ scan }: { scan: ScanDto }) {
  const [reason, setReason] = useState('');
  const decide = useDecide(scan);
  const held = findingsIn(scan.counts?.held ?? 0);
  const send = (verdict: DecideScanInput['verdict']) =>
    decide.mutate({ verdict, ...(reason.trim() ? { reason: reason.trim() } : {}) });
  return (
    <section aria-label="Decide on the held run" className="flex flex-col gap-3">
      <p className="text-base">
        Confirm if the report is correct: the {held} missing from it are closed as fixed, and later scans are
        compared with this one. Reject if the scan went wrong: all findings stay open.
      </p>
      {decide.error ? (
        <Callout tone="danger" title="Could not record your decision. The scan is still held.">
          {decide.error.message}
        </Callout>
      ) : null}
      <Field label="Reason" hint="Kept in the audit log." optional>
        <Textarea
          rows={2}
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
      </Field>
      <div className="flex flex-wrap gap-2">
        <Button
          variant="danger"
          loading={decide.isPending && decide.variables.verdict === 'confirm'}
          disabled={decide.isPending}
          onClick={() => send('confirm')}
        >
          Confirm and close {held}
        </Button>
        <Button
          loading={decide.isPending && decide.variables.verdict === 'reject'}
          disabled={decide.isPending}
          onClick={() => send('reject')}
        >
          Reject scan
        </Button>
      </div>
    </section>
  );
}
