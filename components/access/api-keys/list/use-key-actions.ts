'use client';

import { type KeyAct, useKeyAct, useUpdateKey } from '@/components/access/api-keys/api-keys.mutations';
import { problemText } from '@/components/access/api-keys/create/form-problem';
import { notify } from '@/components/ui/notify';
import type { KeyDto, RevokeKeyInput } from '@/lib/access/api-keys/contract';

type Named = Pick<KeyDto, 'id' | 'name'>;

export interface KeyActions {
  setDisabled: (key: Named, disabled: boolean) => Promise<void>;
  revoke: (key: Named, input: RevokeKeyInput) => Promise<void>;
  undoRevoke: (key: Named, version?: number) => Promise<void>;
  /** Any other act, with the words for its success; rejects when it fails, so that a dialog can stay open. */
  act: (key: Named, act: KeyAct, done: string, undo?: () => void) => Promise<void>;
  /** The key that is being enabled or disabled. */
  switchingId: string | null;
  /** The key any other act is under way for. */
  actingId: string | null;
}

function notifyFailure(title: string, error: unknown): void {
  notify({ title, description: problemText(error), kind: 'error' });
}

/** Acts on a key that are committed at once; the notice offers the inverse act where there is one. */
export function useKeyActions(): KeyActions {
  const update = useUpdateKey();
  const keyAct = useKeyAct();

  const act: KeyActions['act'] = async (key, next, done, undo) => {
    await keyAct.mutateAsync({ id: key.id, act: next });
    notify({ id: `key-${key.id}`, title: done, undo });
  };

  const setDisabled: KeyActions['setDisabled'] = async (key, disabled) => {
    const verb = disabled ? 'disabled' : 'enabled';
    try {
      await update.mutateAsync({ id: key.id, changes: { disabled } });
      notify({
        id: `key-${key.id}`,
        title: `${key.name} ${verb}`,
        description: disabled
          ? 'Requests that use this key are now denied.'
          : 'Requests that use this key are accepted again.',
        undo: () => void setDisabled(key, !disabled),
      });
    } catch (error) {
      notifyFailure(`${key.name} could not be ${verb}`, error);
    }
  };

  const undoRevoke: KeyActions['undoRevoke'] = async (key, version) => {
    try {
      const body = version === undefined ? {} : { version };
      await act(key, { path: 'undo-revoke', body }, `Revocation of ${key.name} undone`);
    } catch (error) {
      notifyFailure('Could not undo the revocation', error);
    }
  };

  const revoke: KeyActions['revoke'] = (key, input) => {
    const canUndo = input.reason !== 'KEY_COMPROMISE';
    return act(
      key,
      { path: 'revoke', body: input },
      `${key.name} revoked`,
      canUndo ? () => void undoRevoke(key, input.version) : undefined,
    );
  };

  return {
    setDisabled,
    revoke,
    undoRevoke,
    act,
    switchingId: update.isPending ? update.variables.id : null,
    actingId: keyAct.isPending ? keyAct.variables.id : null,
  };
}
