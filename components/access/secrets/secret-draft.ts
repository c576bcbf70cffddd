import type { SecretDto, UpdateSecretInput } from '@/lib/access/secrets/contract';

/** What the form shows of a secret. */
export interface SecretDraft {
  ownerUserId: string | null;
  /** Empty: as the tag, the backend or the standard says. */
  intervalDays: string;
  /** `2026-11-21`, or empty. */
  rotatedOn: string;
  tags: string[];
  note: string;
}

type Editable = Pick<
  SecretDto,
  'owner' | 'intervalDays' | 'intervalFrom' | 'rotatedAt' | 'rotatedFrom' | 'tags' | 'note'
>;

export function draftOf(secret: Editable): SecretDraft {
  return {
    ownerUserId: secret.owner?.userId ?? null,
    intervalDays: secret.intervalFrom === 'person' ? String(secret.intervalDays) : '',
    rotatedOn: secret.rotatedFrom === 'person' ? (secret.rotatedAt?.slice(0, 10) ?? '') : '',
    tags: [...secret.tags],
    note: secret.note ?? '',
  };
}

/** The changes for the API, or a sentence that says what cannot be saved. */
export function changesOf(secret: Editable, draft: SecretDraft): UpdateSecretInput | string {
  const before = draftOf(secret);
  const changes: UpdateSecretInput = {};
  const days = draft.intervalDays.trim();
  if (!/^\d{0,4}$/.test(days) || Number(days || 1) < 1)
    return 'Enter the interval as a whole number of days, such as 30.';
  if (draft.ownerUserId !== before.ownerUserId) changes.ownerUserId = draft.ownerUserId;
  if (days !== before.intervalDays) changes.intervalDays = days === '' ? null : Number(days);
  if (draft.rotatedOn !== before.rotatedOn) {
    if (draft.rotatedOn === '') return 'The date of the last rotation can be changed, but not removed.';
    changes.rotatedAt = `${draft.rotatedOn}T00:00:00Z`;
  }
  if (JSON.stringify(draft.tags) !== JSON.stringify(before.tags)) changes.tags = draft.tags;
  if (draft.note.trim() !== before.note) changes.note = draft.note.trim() || null;
  return changes;
}
