'use client';

import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Checkbox } from '@/components/ui/checkbox';
import { CodeBlock } from '@/components/ui/code-block';
import { Dialog } from '@/components/ui/dialog';
import { SecretField } from '@/components/ui/secret-field';
import type { SourceWithTokenDto } from '@/lib/access/event-sources/contract';

const SNIPPET = `http_output:
  enabled: true
  url: <the URL above>`;

/** The URL with the token of a source: here only, and not again. */
export function TokenDialog({ made, onClose }: { made: SourceWithTokenDto; onClose: () => void }) {
  const [isStored, setStored] = useState(false);
  const url = made.url ?? '';
  return (
    <Dialog
      open
      dismissible={false}
      title={`URL of ${made.source.name}`}
      description="Copy this URL now. You cannot see its token again."
      footer={
        <Button variant="primary" disabled={!isStored} onClick={onClose}>
          Done
        </Button>
      }
    >
      <div className="flex flex-col gap-4">
        <SecretField label="URL for Falco" value={url} visiblePrefix={url.indexOf('bws_') + 4} />
        <CodeBlock caption="falco.yaml" code={SNIPPET} />
        <Checkbox label="I have stored it" checked={isStored} onCheckedChange={setStored} />
      </div>
    </Dialog>
  );
}
