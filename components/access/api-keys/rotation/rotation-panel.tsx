'use client';

import { ArrowDown, ArrowRight, CircleCheck, TimerReset, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { SecretCard } from '@/components/access/api-keys/secret/secret-card';
import { Panel } from '@/components/ui/panel';
import { Countdown } from '@/components/ui/time';
import { useNow } from '@/components/ui/use-now';
import type { KeyDto } from '@/lib/access/api-keys/contract';
import { countdownAnnouncement, exactDuration } from './duration';
import { nextStep, type Rotation, retireVerdict, rotationOf } from './rotation-state';

const CLOCK_TICK_MS = 1_000;
const VERDICT_TICK_MS = 15_000;

export interface RotationPanelProps {
  keyDto: KeyDto;
  /** Buttons for an open rotation; absent for who may not write. */
  actions?: (rotation: Rotation) => ReactNode;
}

/** Both secrets of an open rotation side by side, with what happens next between them. */
export function RotationPanel({ keyDto, actions }: RotationPanelProps) {
  const rotation = rotationOf(keyDto);
  if (!rotation) return <SingleSecret keyDto={keyDto} />;
  const { old, next, older, phase } = rotation;
  return (
    <Panel>
      {older ? (
        <p className="flex items-center gap-2 border-b border-line px-4 py-2.5 text-sm text-muted">
          <TimerReset aria-hidden className="text-warning-text" />
          <span>
            Version {older.number} is still in its grace period, which ends in{' '}
            <Countdown to={older.endsAt ?? 0} />, or with the first use of version {next.number}.
          </span>
        </p>
      ) : null}
      <div className="grid md:grid-cols-[minmax(0,1fr)_208px_minmax(0,1fr)]">
        <SecretCard version={old} hasDeadline={phase === 'grace'} />
        <Between keyDto={keyDto} rotation={rotation} />
        <SecretCard version={next} hasDeadline={false} />
      </div>
      <div className="flex flex-col gap-4 border-t border-line p-4 lg:flex-row lg:items-start lg:justify-between">
        <VerdictView keyDto={keyDto} rotation={rotation} />
        {actions ? <div className="flex shrink-0 flex-wrap gap-2">{actions(rotation)}</div> : null}
      </div>
    </Panel>
  );
}

function Between({ keyDto, rotation }: { keyDto: KeyDto; rotation: Rotation }) {
  const { old, next, phase } = rotation;
  return (
    <div className="flex flex-col items-center justify-center gap-2 border-y border-line bg-sunken px-4 py-4 text-center md:border-x md:border-y-0">
      <ArrowRight aria-hidden className="hidden size-5 text-faint md:block" />
      <ArrowDown aria-hidden className="size-5 text-faint md:hidden" />
      {phase === 'grace' && old.endsAt ? (
        <span className="text-xl font-semibold tracking-[-0.01em]" data-testid="grace-countdown">
          <Countdown to={old.endsAt} done="00:00:00" />
        </span>
      ) : (
        <span className="flex flex-col">
          <span className="text-xl font-semibold tracking-[-0.01em]">
            {exactDuration(next.predecessorGraceSeconds * 1000)}
          </span>
          <span className="text-xs text-faint">Grace period not started</span>
        </span>
      )}
      <p className="text-sm text-balance text-muted">{nextStep(keyDto, rotation)}</p>
      <Announcement rotation={rotation} />
    </div>
  );
}

/** Heard, not seen: the phase, and the countdown at a few marks. */
function Announcement({ rotation: { old, next, phase } }: { rotation: Rotation }) {
  const now = useNow(CLOCK_TICK_MS);
  const text =
    phase === 'waiting'
      ? `Version ${next.number} waits for its first use.`
      : `Version ${next.number} is in use. Version ${old.number}: ${
          now === null || old.endsAt === null
            ? 'in grace.'
            : countdownAnnouncement(Date.parse(old.endsAt) - now)
        }`;
  return (
    <span role="status" className="sr-only">
      {text}
    </span>
  );
}

function VerdictView({ keyDto, rotation }: { keyDto: KeyDto; rotation: Rotation }) {
  const now = useNow(VERDICT_TICK_MS) ?? Date.parse(keyDto.updatedAt);
  const { safe, title, reasons, facts } = retireVerdict(keyDto, rotation, now);
  return (
    <div className="grid min-w-0 grid-cols-[16px_minmax(0,1fr)] gap-x-2 gap-y-1">
      <span className="flex h-5 items-center">
        {safe ? (
          <CircleCheck aria-hidden className="text-success" />
        ) : (
          <TriangleAlert aria-hidden className="text-warning" />
        )}
      </span>
      <p className="font-medium">{title}</p>
      <ul className="col-start-2 flex flex-col gap-0.5 text-sm">
        {reasons.map((text) => (
          <li key={text}>{text}</li>
        ))}
        {facts.map((text) => (
          <li key={text} className="text-muted">
            {text}
          </li>
        ))}
      </ul>
    </div>
  );
}

function SingleSecret({ keyDto }: { keyDto: KeyDto }) {
  const version = keyDto.versions.find(({ state }) => state === 'current' || state === 'pending');
  if (!version) {
    return (
      <Panel className="p-4">
        <p className="font-medium">This key has no working secret</p>
        <p className="text-sm text-muted">
          Requests that use this key are denied. See the version history below for when and why each version
          ended.
        </p>
      </Panel>
    );
  }
  return (
    <Panel>
      <div className="grid md:grid-cols-2">
        <SecretCard version={version} hasDeadline={false} />
        <div className="flex flex-col justify-center gap-1 border-t border-line bg-sunken p-4 md:border-t-0 md:border-l">
          <p className="font-medium">No rotation in progress</p>
          <p className="text-sm text-balance text-muted">
            Rotating creates a second secret. Both work until the grace period ends, so you can switch
            services without downtime.
          </p>
        </div>
      </div>
    </Panel>
  );
}
