'use client';

import type { Permission } from '@/lib/auth/contract';
import { useCreateKey, useRefreshKeys } from './api-keys.mutations';
import { CreateKeyDrawer } from './create-key-drawer';
import type { Owner } from './owner';
import { type Origins, SecretDialog } from './secret-dialog';

export interface CreateFlowProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  owners: readonly Owner[];
  selfId: string;
  grantable: readonly Permission[];
  origins: Origins;
}

/** From the form to the stored secret. The list is refreshed only when the secret dialog has closed. */
export function CreateFlow({ open, onOpenChange, owners, selfId, grantable, origins }: CreateFlowProps) {
  const create = useCreateKey();
  const refresh = useRefreshKeys();
  const closeSecret = () => {
    create.reset();
    void refresh();
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
