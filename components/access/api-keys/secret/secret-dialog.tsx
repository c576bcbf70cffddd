'use client';

import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { Checkbox } from '@/components/ui/checkbox';
import { CopyButton } from '@/components/ui/copy-button';
import { Dialog } from '@/components/ui/dialog';
import { Tabs } from '@/components/ui/tabs';
import type { KeyWithSecretDto } from '@/lib/access/api-keys/contract';
import { maskSecret, type Snippet, secretSnippets } from './secret-snippets';
import { useLeaveGuard } from './use-leave-guard';

/** Origins used in the examples. */
export interface Origins {
  gateUrl: string;
  consoleUrl: string;
}

export interface SecretDialogProps {
  /** The answer to create or rotate; null keeps the dialog closed. */
  result: KeyWithSecretDto | null;
  origins: Origins;
  /** Called once the person says it is stored. The caller resets its mutation and refreshes here. */
  onClosed: () => void;
}

/** The only place that shows a secret. Nothing but "I have stored the secret" leads out of it. */
export function SecretDialog({ result, origins, onClosed }: SecretDialogProps) {
  if (!result) return null;
  if (result.secret === null) return <LostSecretDialog result={result} onClosed={onClosed} />;
  return <ShownSecretDialog result={result} secret={result.secret} origins={origins} onClosed={onClosed} />;
}

function ShownSecretDialog({
  result,
  secret,
  origins,
  onClosed,
}: {
  result: KeyWithSecretDto;
  secret: string;
  origins: Origins;
  onClosed: () => void;
}) {
  const [stored, setStored] = useState(false);
  const [reminded, setReminded] = useState(false);
  const [shown, setShown] = useState(false);
  const remind = () => setReminded(true);
  useLeaveGuard(true, remind);
  const { key, version } = result;
  const prefixLength = key.versions.find(({ number }) => number === version)?.prefix.length ?? 0;
  const snippets = secretSnippets({ ...origins, secret, scopes: key.scopes });
  return (
    <Dialog
      open
      dismissible={false}
      onOpenChange={remind}
      size="lg"
      title={version === 1 ? `Store the secret of ${key.name}` : `Store the new secret of ${key.name}`}
      description="Copy this secret now. You cannot see it again. Store it where your service reads it."
      footer={
        <>
          <Checkbox
            label="I have stored the secret"
            checked={stored}
            onCheckedChange={(checked) => setStored(checked === true)}
            className="mr-auto"
          />
          <Button variant="primary" disabled={!stored} onClick={onClosed}>
            Done
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <div className="relative">
          <Tabs
            label="Forms of the secret"
            tabs={snippets.map((snippet) => ({
              value: snippet.id,
              label: snippet.label,
              content: (
                <SnippetView snippet={snippet} secret={secret} shown={shown} prefixLength={prefixLength} />
              ),
            }))}
          />
        </div>
        <div className="flex flex-wrap items-center justify-between gap-2">
          <Button
            variant="ghost"
            size="sm"
            aria-pressed={shown}
            className="-ml-2"
            onClick={() => setShown(!shown)}
          >
            {shown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
            {shown ? 'Hide the secret' : 'Show the secret'}
          </Button>
          <span className="text-xs text-faint">Copying works while it is hidden.</span>
        </div>
        {reminded && !stored ? (
          <Callout tone="warning" title="Store the secret before you close">
            Select “I have stored the secret” to close. You cannot see the secret again.
          </Callout>
        ) : null}
      </div>
    </Dialog>
  );
}

function SnippetView({
  snippet,
  secret,
  shown,
  prefixLength,
}: {
  snippet: Snippet;
  secret: string;
  shown: boolean;
  prefixLength: number;
}) {
  const text = shown ? snippet.code : maskSecret(snippet.code, secret, prefixLength);
  return (
    <div className="flex flex-col gap-2">
      <figure className="relative rounded-md border border-line-strong bg-sunken">
        <pre
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          tabIndex={0}
          data-secret={shown ? 'shown' : 'masked'}
          className="min-h-[108px] px-3 py-2.5 pb-11 font-mono text-sm leading-5 break-all whitespace-pre-wrap focus-visible:-outline-offset-2"
        >
          <code>{text}</code>
        </pre>
        <CopyButton
          value={snippet.code}
          label="Copy"
          showLabel
          variant="secondary"
          className="absolute right-2 bottom-2"
        />
      </figure>
      <p className="min-h-4 text-xs text-muted">{snippet.note}</p>
    </div>
  );
}

/** The same request was answered before; the secret went with that first answer. */
function LostSecretDialog({ result, onClosed }: { result: KeyWithSecretDto; onClosed: () => void }) {
  return (
    <Dialog
      open
      onOpenChange={onClosed}
      title={`The secret of ${result.key.name} is no longer available`}
      description={`Version ${result.version} was created by an earlier request, but the response did not reach this page. If no one stored the secret, rotate the key to get a new one.`}
      footer={
        <Button variant="primary" onClick={onClosed}>
          Close
        </Button>
      }
    />
  );
}
