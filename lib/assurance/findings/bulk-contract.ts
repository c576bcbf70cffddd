import { z } from 'zod';
import { decideFindingInput, findingFilterInput } from './contract';

/** How many findings one request decides about. */
export const BULK_MAX = 500;

/** Each finding on its own: what failed says why, the others are changed. */
export const bulkResultDto = z.object({
  changed: z.array(z.uuid()),
  unchanged: z.array(z.uuid()),
  failed: z.array(z.object({ id: z.uuid(), detail: z.string() })),
});
export type BulkResultDto = z.infer<typeof bulkResultDto>;

const bulkDecision = z.strictObject({
  ids: z.array(z.uuid()).min(1).max(BULK_MAX).optional(),
  filter: findingFilterInput.optional(),
  cursor: z.string().min(1).max(300).optional(),
  change: decideFindingInput,
  ifDecidedAt: z.iso.datetime().nullable().optional(),
});

/**
 * The same decision about the findings with these `ids`, or about up to 500 that fulfil `filter`, worst first, from the
 * `cursor` of the answer before on. `ifDecidedAt`: only where the decision is still that of this time, null where there
 * still is none, so that undoing leaves alone what others decided since.
 */
export const bulkDecideInput = bulkDecision.superRefine(({ ids, filter, cursor }, context) => {
  const refuse = (path: string, message: string) =>
    context.addIssue({ code: 'custom', path: [path], message });
  if ((ids === undefined) === (filter === undefined))
    refuse('ids', 'Select findings by ID or by filter, not both.');
  if (ids !== undefined && cursor !== undefined) refuse('cursor', 'Only a filter has a cursor.');
});
export type BulkDecideInput = z.input<typeof bulkDecideInput>;

/** What brings earlier decisions back: what `POST /findings/bulk` takes. */
export const undoDto = bulkDecision.pick({ ids: true, change: true, ifDecidedAt: true });
export type UndoDto = z.input<typeof undoDto>;

/**
 * `nextCursor`: where the filter goes on, null at its end. `undo`: requests that bring back what was decided before; null
 * where that cannot be, as somebody else approved it, or a report said it.
 */
export const bulkDecisionDto = bulkResultDto.extend({
  nextCursor: z.string().nullable(),
  undo: z.array(undoDto).nullable(),
});
export type BulkDecisionDto = z.infer<typeof bulkDecisionDto>;
