'use client';

import { useRefreshKeys, useRotateKey } from '@/components/access/api-keys/api-keys.mutations';
import { type Origins, SecretDialog } from '@/components/access/api-keys/secret/secret-dialog';
import { useIdempotencyKey } from '@/components/shell/use-idempotency-key';
import type { KeyDto, RotateKeyInput } from '@/lib/access/api-keys/contract';
import { RotateDialog } from './rotate-dialog';

export interface RotateFlowProps {
  keyDto: KeyDto;
  origins: Origins;
  /** After cancelling, or after the new secret was stored. */
  onDone: () => void;
}

/** From the question to the stored secret. Lists and pages are refreshed only when the secret dialog has closed. */
export function RotateFlow({ keyDto, origins, onDone }: RotateFlowProps) {
  const rotate = useRotateKey(keyDto.id);
  const refresh = useRefreshKeys();
  const { keyFor } = useIdempotencyKey();
  const send = (input: RotateKeyInput) => rotate.mutate({ input, idempotencyKey: keyFor(input) });
  const closeSecret = () => {
    rotate.reset();
    void refresh();
    onDone();
  };
  return (
    <>
      <RotateDialog
        keyDto={keyDto}
        open={rotate.data === undefined}
        onClose={onDone}
        onRotate={send}
        isPending={rotate.isPending}
        error={rotate.error}
      />
      <SecretDialog result={rotate.data ?? null} origins={origins} onClosed={closeSecret} />
    </>
  );
}
