import { Hash, Mail, Webhook } from 'lucide-react';
import type { ReactNode } from 'react';
import { Severity, type SeverityLevel } from '@/components/ui/severity';
import { Status } from '@/components/ui/status';
import type { Tone } from '@/components/ui/tone';
import type { DeliveryState } from '@/lib/platform/notifications/contract';
import {
  type ChannelKind,
  NOTIFICATION_TYPES,
  type Severity as NoticeSeverity,
  type RouteMode,
} from '@/lib/platform/notifications/notice-contract';

export const KIND_WORDS: Record<ChannelKind, string> = {
  email: 'E-mail',
  slack: 'Slack',
  webhook: 'Webhook',
};

export const KIND_ICON: Record<ChannelKind, ReactNode> = {
  email: <Mail aria-hidden className="shrink-0 text-faint" />,
  slack: <Hash aria-hidden className="shrink-0 text-faint" />,
  webhook: <Webhook aria-hidden className="shrink-0 text-faint" />,
};

export const MODE_WORDS: Record<RouteMode, string> = { now: 'Immediately', digest: 'Daily', off: 'Off' };

const LEVEL: Record<NoticeSeverity, SeverityLevel> = {
  critical: 'critical',
  warning: 'medium',
  info: 'info',
};
const LEVEL_WORDS: Record<NoticeSeverity, string> = {
  critical: 'Critical',
  warning: 'Warning',
  info: 'Info',
};

/** The mark of a notice: shape and colour, with its word for who cannot see them. */
export function NoticeMark({ severity }: { severity: NoticeSeverity }) {
  return (
    <span className="inline-flex h-5 shrink-0 items-center">
      <span aria-hidden="true" className="flex">
        <Severity level={LEVEL[severity]} hideLabel />
      </span>
      <span className="sr-only">{LEVEL_WORDS[severity]}</span>
    </span>
  );
}

const STATE: Record<DeliveryState, { tone: Tone; label: string }> = {
  pending: { tone: 'info', label: 'Waiting' },
  sending: { tone: 'info', label: 'Sending' },
  succeeded: { tone: 'success', label: 'Delivered' },
  failed: { tone: 'danger', label: 'Failed' },
};

export function DeliveryStatus({ state, attempts }: { state: DeliveryState; attempts: number }) {
  const isRetrying = state === 'pending' && attempts > 0;
  const { tone, label } = STATE[state];
  return <Status tone={isRetrying ? 'warning' : tone}>{isRetrying ? 'Retrying' : label}</Status>;
}

/** The name of a type; a type that this console does not know shows as it is stored. */
export const typeWords = (type: string): string =>
  (NOTIFICATION_TYPES as Record<string, { label: string } | undefined>)[type]?.label ?? (type || 'Test');
