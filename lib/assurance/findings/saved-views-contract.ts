import { z } from 'zod';
import { plainLine, plainText } from '@/lib/platform/core/plain-line';
import { FINDING_SORTS } from './contract';
import { FINDING_GROUPINGS } from './views-contract';

const name = plainLine(80, 'Give it a name.');

const filterText = plainText(2_000);

const content = {
  name,
  filter: filterText,
  sort: z.enum(FINDING_SORTS).nullable(),
  group: z.enum(FINDING_GROUPINGS).nullable(),
  isShared: z.boolean(),
};

/** `filter` is text as in the filter bar, `sort` null the list's own order. `isShared`: everybody in the tenant sees it. */
export const createViewInput = z.strictObject({
  ...content,
  sort: content.sort.default(null),
  group: content.group.default(null),
  isShared: content.isShared.default(false),
});
export type CreateViewInput = z.input<typeof createViewInput>;

/** What is left out stays. */
export const updateViewInput = z
  .strictObject(content)
  .partial()
  .refine((given) => Object.keys(given).length > 0, 'Say what to change.');
export type UpdateViewInput = z.input<typeof updateViewInput>;

export const savedViewDto = z.object({
  id: z.uuid(),
  ...content,
  isOwn: z.boolean(),
  /** Null for somebody who is no longer known. */
  owner: z.string().nullable(),
  createdAt: z.iso.datetime(),
  version: z.number().int(),
});
export type SavedViewDto = z.infer<typeof savedViewDto>;
/** By name; there are at most 100 of each person and 200 shared ones. */
export const savedViewListDto = z.object({ items: z.array(savedViewDto), nextCursor: z.null() });
export type SavedViewListDto = z.infer<typeof savedViewListDto>;
