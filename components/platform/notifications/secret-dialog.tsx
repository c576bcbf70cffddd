'use client';

import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { CodeBlock } from '@/components/ui/code-block';
import { Dialog } from '@/components/ui/dialog';
import { SecretField } from '@/components/ui/secret-field';
import type { ChannelWithSecretDto } from '@/lib/platform/notifications/contract';

const EXAMPLE = `import { Webhook } from 'standardwebhooks';

const event = new Webhook(process.env.BULWARK_WEBHOOK_SECRET)
  .verify(rawBody, request.headers);`;

/** The signing secret of a webhook: here only, and not again. */
export function SecretDialog({ made, onClose }: { made: ChannelWithSecretDto; onClose: () => void }) {
  const [isStored, setStored] = useState(false);
  return (
    <Dialog
      open
      dismissible={false}
      title={`Signing secret of ${made.name}`}
      description="Copy this secret now. You cannot see it again. The receiver uses it to verify that requests come from Bulwark."
      footer={
        <Button variant="primary" disabled={!isStored} onClick={onClose}>
          Done
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <SecretField label="Signing secret" value={made.secret ?? ''} visiblePrefix={6} />
        <CodeBlock caption="Verify with any library of Standard Webhooks" code={EXAMPLE} />
        <Checkbox label="I have stored it" checked={isStored} onCheckedChange={setStored} />
      </div>
    </Dialog>
  );
}
