import { type KeyDto, type KeyStatus, type RevokeReason, UNDO_REVOKE_MINUTES } from '@/lib/api-keys/contract';
import { MINUTE_MS } from '@/lib/core/clock';

export type StatusTone = 'neutral' | 'info' | 'success' | 'warning' | 'danger';

interface StatusView {
  label: string;
  tone: StatusTone;
  /** What it means and what to do about it. */
  advice: string;
}

export const statusViews: Readonly<Record<KeyStatus, StatusView>> = {
  revoked: {
    label: 'Revoked',
    tone: 'neutral',
    advice: 'Every request with it is refused. Create a new key where it was used.',
  },
  expired: {
    label: 'Expired',
    tone: 'danger',
    advice: 'Every request with it is refused. Set a later expiry, or revoke it if nobody needs it.',
  },
  disabled: {
    label: 'Disabled',
    tone: 'neutral',
    advice: 'Every request with it is refused until it is enabled.',
  },
  expires_soon: {
    label: 'Expires soon',
    tone: 'warning',
    advice: 'Its end is near. Set a later expiry, or the services that use it are refused then.',
  },
  pending_pickup: {
    label: 'Awaiting first use',
    tone: 'info',
    advice: 'A new secret was made and no service has used it yet. Deploy it.',
  },
  in_grace: {
    label: 'In grace',
    tone: 'info',
    advice: 'Two secrets are accepted. Move the last services to the new one before the clock ends.',
  },
  elevated_rejections: {
    label: 'Many refusals',
    tone: 'warning',
    advice: 'Unusually many requests with it are refused. Open the key to see which, and why.',
  },
  operational: { label: 'Operational', tone: 'success', advice: 'Nothing to do.' },
};

export const revokeReasons: Readonly<Record<RevokeReason, { label: string; hint: string }>> = {
  SUPERSEDED: { label: 'Replaced', hint: 'Another key or secret took its place.' },
  AFFILIATION_CHANGED: { label: 'Owner left', hint: 'The person or team that owned it moved on.' },
  PRIVILEGE_WITHDRAWN: { label: 'Access withdrawn', hint: 'The service may no longer do this.' },
  UNSPECIFIED: { label: 'No longer needed', hint: 'Nothing uses it any more, or for another reason.' },
  KEY_COMPROMISE: {
    label: 'The secret was exposed',
    hint: 'It was seen in a log, a repository or by somebody else. Cannot be undone.',
  },
};

/** What the key's state asks of the reader. */
export function keyAdvice(key: Pick<KeyDto, 'status' | 'expiresAt'>): string {
  if (key.status === 'operational' && key.expiresAt === null) {
    return 'It never expires, which is a risk. Set an end date.';
  }
  return statusViews[key.status].advice;
}

/** Whole minutes in which the revocation can still be undone, 0 when it cannot. */
export function undoMinutesLeft(key: Pick<KeyDto, 'undoRevokeUntil'>, nowMs: number): number {
  if (key.undoRevokeUntil === null) return 0;
  const leftMs = Date.parse(key.undoRevokeUntil) - nowMs;
  return leftMs <= 0 ? 0 : Math.min(UNDO_REVOKE_MINUTES, Math.ceil(leftMs / MINUTE_MS));
}

/** `0193…1f4c`: enough of an id to tell keys apart by eye. */
export function shortId(id: string): string {
  return id.slice(-8);
}

export function secretHint(version: { prefix: string; last4: string }): string {
  return `${version.prefix}…${version.last4}`;
}

/** Statuses that need somebody, most urgent first, as they follow a number: `2 expired`. */
export const attentionPhrases = [
  ['expired', 'expired'],
  ['expires_soon', 'expiring soon'],
  ['elevated_rejections', 'with many refusals'],
] as const satisfies readonly (readonly [KeyStatus, string])[];
