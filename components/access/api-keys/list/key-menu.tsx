'use client';

import { Ban, CircleSlash, Copy, Ellipsis, ExternalLink, Power, RotateCw, Undo2 } from 'lucide-react';
import { rotateRefusal } from '@/components/access/api-keys/rotation/rotation-state';
import { DropdownMenu, MenuItem, MenuSeparator } from '@/components/ui/dropdown-menu';
import { IconButton } from '@/components/ui/icon-button';
import { notify } from '@/components/ui/notify';
import { useCopy } from '@/components/ui/use-copy';
import type { KeyDto } from '@/lib/access/api-keys/contract';
import { undoMinutesLeft } from './key-status-words';
import type { KeyActions } from './use-key-actions';

export interface KeyMenuProps {
  keyDto: KeyDto;
  canWrite: boolean;
  actions: KeyActions;
  onRotate: (key: KeyDto) => void;
  onRevoke: (key: KeyDto) => void;
}

/** What can be done with one key from the list. */
export function KeyMenu({ keyDto: key, canWrite, actions, onRotate, onRevoke }: KeyMenuProps) {
  const { copy } = useCopy();
  const copyId = async () => {
    await copy(key.id);
    notify({ title: 'Key id copied', kind: 'info' });
  };
  return (
    <DropdownMenu
      trigger={
        <IconButton label={`Actions for ${key.name}`} size="sm" tooltip={false}>
          <Ellipsis aria-hidden />
        </IconButton>
      }
    >
      <MenuItem icon={<ExternalLink aria-hidden />} href={`/keys/${key.id}`}>
        Open
      </MenuItem>
      <MenuItem icon={<Copy aria-hidden />} onSelect={() => void copyId()}>
        Copy key id
      </MenuItem>
      {canWrite ? (
        <WriteItems keyDto={key} actions={actions} onRotate={onRotate} onRevoke={onRevoke} />
      ) : null}
    </DropdownMenu>
  );
}

function WriteItems({ keyDto: key, actions, onRotate, onRevoke }: Omit<KeyMenuProps, 'canWrite'>) {
  const now = Date.now();
  if (key.revokedAt !== null) {
    const minutes = undoMinutesLeft(key, now);
    if (minutes === 0) return null;
    return (
      <>
        <MenuSeparator />
        <MenuItem
          icon={<Undo2 aria-hidden />}
          hint={`${minutes} min left`}
          onSelect={() => void actions.undoRevoke(key)}
        >
          Undo revocation
        </MenuItem>
      </>
    );
  }
  const refusal = rotateRefusal(key, now);
  const isDisabled = key.disabledAt !== null;
  return (
    <>
      <MenuSeparator />
      <MenuItem
        icon={<RotateCw aria-hidden />}
        disabled={refusal !== null}
        hint={refusal}
        onSelect={() => onRotate(key)}
      >
        Rotate
      </MenuItem>
      <MenuItem
        icon={isDisabled ? <Power aria-hidden /> : <CircleSlash aria-hidden />}
        onSelect={() => void actions.setDisabled(key, !isDisabled)}
      >
        {isDisabled ? 'Enable' : 'Disable'}
      </MenuItem>
      <MenuItem icon={<Ban aria-hidden />} tone="danger" onSelect={() => onRevoke(key)}>
        Revoke
      </MenuItem>
    </>
  );
}
