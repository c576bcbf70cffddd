'use client';

import type { RefObject } from 'react';
import { useCreateKey, useRefreshKeys } from '@/components/access/api-keys/api-keys.mutations';
import type { Owner } from '@/components/access/api-keys/owner';
import { type Origins, SecretDialog } from '@/components/access/api-keys/secret/secret-dialog';
import type { Permission } from '@/lib/platform/auth/contract';
import { CreateKeyDrawer } from './create-key-drawer';

export interface CreateFlowProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  owners: readonly Owner[];
  selfId: string;
  grantable: readonly Permission[];
  origins: Origins;
  /** Where the focus goes when the secret was stored. */
  returnFocus: RefObject<HTMLElement | null>;
}

/** From the form to the stored secret. The list is refreshed only when the secret dialog has closed. */
export function CreateFlow(props: CreateFlowProps) {
  const { open, onOpenChange, owners, selfId, grantable, origins, returnFocus } = props;
  const create = useCreateKey();
  const refresh = useRefreshKeys();
  const closeSecret = () => {
    create.reset();
    void refresh();
    requestAnimationFrame(() => returnFocus.current?.focus());
  };
  return (
    <>
      <CreateKeyDrawer
        open={open}
        onOpenChange={(next) => {
          if (!next) create.reset();
          onOpenChange(next);
        }}
        create={create}
        onCreated={() => onOpenChange(false)}
        owners={owners}
        selfId={selfId}
        grantable={grantable}
      />
      <SecretDialog result={create.data ?? null} origins={origins} onClosed={closeSecret} />
    </>
  );
}
