import type { KeyDto, UpdateKeyInput } from '@/lib/access/api-keys/contract';

/** What the edit form shows of a key. */
export type EditableKey = Required<Omit<UpdateKeyInput, 'disabled' | 'ownerUserId'>> & {
  ownerUserId?: string;
};

export const fieldLabels: Readonly<Record<keyof EditableKey, string>> = {
  name: 'name',
  description: 'description',
  tags: 'tags',
  ownerUserId: 'owner',
  scopes: 'scopes',
  allowedCidrs: 'networks',
  rateLimits: 'limits',
  expiresAt: 'expiry',
};

export function editableOf(key: KeyDto): EditableKey {
  return {
    name: key.name,
    description: key.description,
    tags: key.tags,
    ownerUserId: key.owner?.userId,
    scopes: key.scopes,
    allowedCidrs: key.allowedCidrs,
    rateLimits: key.rateLimits,
    expiresAt: key.expiresAt,
  };
}

/** The fields of `after` that differ from `before`; lists are compared with their order. */
export function changesOf(before: EditableKey, after: EditableKey): UpdateKeyInput {
  const names = (Object.keys(fieldLabels) as (keyof EditableKey)[]).filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]) && after[name] !== undefined,
  );
  return Object.fromEntries(names.map((name) => [name, after[name]]));
}
