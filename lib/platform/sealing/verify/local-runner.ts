import { checkSlice, checkTail } from './check-slice';
import type { SliceRunner } from './verify-tenant';

/** Checks slices in this very thread, one after the other. */
export const localRunner: SliceRunner = { width: 1, check: checkSlice, tail: checkTail };
