import { Ban, CircleSlash, Clock3, Hourglass, TimerReset } from 'lucide-react';
import type { ReactNode } from 'react';
import { Status } from '@/components/ui/status';
import { Tooltip } from '@/components/ui/tooltip';
import type { KeyDto, KeyStatus as KeyStatusName, VersionState } from '@/lib/access/api-keys/contract';
import { type StatusTone, statusViews } from './key-status-words';

const STATUS_ICONS: Partial<Record<KeyStatusName, ReactNode>> = {
  revoked: <Ban aria-hidden />,
  disabled: <CircleSlash aria-hidden />,
  pending_pickup: <Hourglass aria-hidden />,
  in_grace: <TimerReset aria-hidden />,
  expires_soon: <Clock3 aria-hidden />,
};

/** The derived status; the tooltip says what to do. */
export function KeyStatus({ status, look }: { status: KeyDto['status']; look?: 'plain' | 'pill' }) {
  const view = statusViews[status];
  return (
    <Tooltip content={view.advice}>
      <span className="inline-flex align-middle">
        <Status tone={view.tone} look={look} icon={STATUS_ICONS[status]}>
          {view.label}
        </Status>
      </span>
    </Tooltip>
  );
}

const VERSION_VIEWS: Record<VersionState, { label: string; tone: StatusTone; icon?: ReactNode }> = {
  pending: { label: 'Pending first use', tone: 'info', icon: <Hourglass aria-hidden /> },
  current: { label: 'Current', tone: 'success' },
  grace: { label: 'In grace period', tone: 'warning', icon: <TimerReset aria-hidden /> },
  retired: { label: 'Retired', tone: 'neutral' },
  revoked: { label: 'Revoked', tone: 'neutral', icon: <Ban aria-hidden /> },
};

export function VersionStatus({ state, look }: { state: VersionState; look?: 'plain' | 'pill' }) {
  const { label, tone, icon } = VERSION_VIEWS[state];
  return (
    <Status tone={tone} icon={icon} look={look} className="whitespace-nowrap">
      {label}
    </Status>
  );
}
