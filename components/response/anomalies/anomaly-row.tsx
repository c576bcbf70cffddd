'use client';

import { Ellipsis } from 'lucide-react';
import Link from 'next/link';
import { useState } from 'react';
import { Badge } from '@/components/ui/badge';
import { cn } from '@/components/ui/cn';
import { DropdownMenu, MenuItem, MenuSeparator } from '@/components/ui/dropdown-menu';
import { IconButton } from '@/components/ui/icon-button';
import { Severity } from '@/components/ui/severity';
import { Time } from '@/components/ui/time';
import { ANOMALY_STATES, type AnomalyDto, type AnomalyState } from '@/lib/response/anomalies/contract';
import { MuteDialog } from './mute-dialog';
import { useTriage } from './use-triage';

const JUDGEMENTS: readonly { state: Exclude<AnomalyState, 'open'>; label: string; hint: string }[] = [
  { state: 'true_positive', label: 'True positive', hint: 'A real attack or mistake' },
  { state: 'expected', label: 'Expected', hint: 'Normal activity' },
  { state: 'false_positive', label: 'False positive', hint: 'The rule should not have fired' },
];

function Menu({ anomaly }: { anomaly: AnomalyDto }) {
  const triage = useTriage();
  const [isMuting, setIsMuting] = useState(false);
  return (
    <>
      <DropdownMenu
        align="end"
        trigger={
          <IconButton label={`Triage: ${anomaly.sentence}`} size="sm" disabled={triage.isPending}>
            <Ellipsis aria-hidden />
          </IconButton>
        }
      >
        {JUDGEMENTS.map(({ state, label, hint }) => (
          <MenuItem key={state} hint={hint} onSelect={() => triage.mutate({ anomaly, state })}>
            {label}
          </MenuItem>
        ))}
        {anomaly.state === 'open' ? null : (
          <MenuItem onSelect={() => triage.mutate({ anomaly, state: 'open' })}>Reopen</MenuItem>
        )}
        <MenuSeparator />
        <MenuItem onSelect={() => setIsMuting(true)}>Mute…</MenuItem>
      </DropdownMenu>
      {isMuting ? <MuteDialog anomaly={anomaly} onClose={() => setIsMuting(false)} /> : null}
    </>
  );
}

function Facts({ anomaly }: { anomaly: AnomalyDto }) {
  const { firstAt, lastAt, state, triagedBy, note } = anomaly;
  return (
    <p className="flex flex-wrap gap-x-3 gap-y-0.5 text-muted text-sm">
      <Link href={anomaly.href} prefetch={false} className="text-accent-text underline">
        View events
      </Link>
      {anomaly.spanHref === null ? null : (
        <Link href={anomaly.spanHref} prefetch={false} className="text-accent-text underline">
          Of all hours
        </Link>
      )}
      <span>
        <Time value={firstAt} precision="minute" />
        {lastAt === firstAt ? '' : ' to '}
        {lastAt === firstAt ? null : <Time value={lastAt} precision="minute" />}
      </span>
      {state === 'open' ? null : (
        <span>
          {ANOMALY_STATES[state]}, by {triagedBy}
          {note ? `: ${note}` : ''}
        </span>
      )}
    </p>
  );
}

export interface AnomalyRowProps {
  anomaly: AnomalyDto;
  canWrite: boolean;
  /** A notice led here. */
  isMarked: boolean;
}

/** One anomaly: how bad, what happened and what is usual, and what people may say of it. */
export function AnomalyRow({ anomaly, canWrite, isMarked }: AnomalyRowProps) {
  return (
    <li
      className={cn(
        'flex items-start gap-x-4 gap-y-1 border-line border-t px-4 py-3 first:border-t-0 max-sm:flex-wrap',
        isMarked && 'bg-accent-wash',
      )}
    >
      <span className="w-20 shrink-0 pt-px">
        <Severity level={anomaly.severity} />
      </span>
      <div className="flex min-w-0 flex-1 flex-col gap-0.5">
        <span className="flex flex-wrap items-center gap-2">
          <span className="font-medium">{anomaly.ruleTitle}</span>
          {anomaly.isMuted ? <Badge>muted</Badge> : null}
        </span>
        <span className="break-words">{anomaly.sentence}</span>
        <Facts anomaly={anomaly} />
      </div>
      {canWrite ? <Menu anomaly={anomaly} /> : null}
    </li>
  );
}
