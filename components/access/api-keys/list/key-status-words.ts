import {
  type KeyDto,
  type KeyStatus,
  type RevokeReason,
  UNDO_REVOKE_MINUTES,
} from '@/lib/access/api-keys/contract';
import { MINUTE_MS } from '@/lib/platform/core/clock';

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
    advice: 'Requests that use this key are denied. Create a new key to replace it.',
  },
  expired: {
    label: 'Expired',
    tone: 'danger',
    advice:
      'Requests that use this key are denied. Set a later expiry date, or revoke the key if it is no longer needed.',
  },
  disabled: {
    label: 'Disabled',
    tone: 'neutral',
    advice: 'Requests that use this key are denied until you enable it.',
  },
  expires_soon: {
    label: 'Expires soon',
    tone: 'warning',
    advice: 'This key expires soon. Set a later expiry date to keep its services working.',
  },
  pending_pickup: {
    label: 'Pending first use',
    tone: 'info',
    advice: 'The new secret has not been used yet. Deploy it to the service.',
  },
  in_grace: {
    label: 'In grace period',
    tone: 'info',
    advice: 'Both secrets work. Switch every service to the new one before the grace period ends.',
  },
  elevated_rejections: {
    label: 'Many denied requests',
    tone: 'warning',
    advice: 'An unusual number of requests with this key were denied. Open the key to see why.',
  },
  operational: { label: 'Active', tone: 'success', advice: 'No action needed.' },
};

export const revokeReasons: Readonly<Record<RevokeReason, { label: string; hint: string }>> = {
  SUPERSEDED: { label: 'Replaced', hint: 'Another key or secret took its place.' },
  AFFILIATION_CHANGED: { label: 'Owner left', hint: 'The person or team that owned it moved on.' },
  PRIVILEGE_WITHDRAWN: { label: 'Access withdrawn', hint: 'The service may no longer do this.' },
  UNSPECIFIED: { label: 'No longer needed', hint: 'The key is unused, or no other reason applies.' },
  KEY_COMPROMISE: {
    label: 'The secret was exposed',
    hint: 'It appeared in a log or repository, or someone else saw it. This cannot be undone.',
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
