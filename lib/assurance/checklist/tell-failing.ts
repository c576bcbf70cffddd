import type { WriteTx } from '@/db/scope';
import { notify } from '@/lib/platform/notifications/notify';
import type { CheckSeverity, State } from './contract';
import { countsAgainst } from './rules';

export interface StateChange {
  /** Of the row that keeps the change. */
  id: string;
  objective: { key: string; title: string; severity: CheckSeverity };
  before: State | null;
  state: State;
  reason: string;
}

/** Held and does not any more, or is known to fail where that was not known: worth telling. A first answer is not. */
export function isNewlyFailing({ before, state }: Pick<StateChange, 'before' | 'state'>): boolean {
  if (before === null || !countsAgainst(state)) return false;
  return !countsAgainst(before) || (state === 'fail' && before !== 'fail');
}

/** Tells the operators which objectives fail newly, in the transaction that writes their change down. */
export async function tellFailing(
  tx: WriteTx,
  tenantId: string,
  changes: readonly StateChange[],
): Promise<void> {
  for (const { id, objective, before, state, reason } of changes) {
    if (before === null || !isNewlyFailing({ before, state })) continue;
    const { key, title, severity } = objective;
    await notify(tx, {
      tenantId,
      type: 'objective.failing',
      subject: { type: 'objective', id: key, label: title },
      dedupeKey: `objective.failing ${id}`,
      data: { state, before, severity, reason },
    });
  }
}
