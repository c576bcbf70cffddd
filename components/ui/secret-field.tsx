'use client';

import { Eye, EyeOff } from 'lucide-react';
import { useId, useState } from 'react';
import { Button } from './button';
import { CopyButton } from './copy-button';

export interface SecretFieldProps {
  label: string;
  value: string;
  /** Characters at the start that may stay visible, e.g. the prefix `blw_live_`. */
  visiblePrefix?: number;
  onCopied?: () => void;
  onShown?: () => void;
}

/** A secret, masked until asked for; copying does not need it to be shown. */
export function SecretField({ label, value, visiblePrefix = 0, onCopied, onShown }: SecretFieldProps) {
  const [shown, setShown] = useState(false);
  const id = useId();
  const masked = value.slice(0, visiblePrefix) + '•'.repeat(Math.min(24, value.length - visiblePrefix));
  return (
    <div className="flex flex-col gap-1">
      <span id={id} className="text-sm font-medium">
        {label}
      </span>
      <div className="flex flex-col overflow-hidden rounded-md border border-line-strong bg-sunken sm:flex-row">
        <output
          aria-labelledby={id}
          data-secret={shown ? 'shown' : 'masked'}
          className="min-h-8 min-w-0 flex-1 px-2.5 py-1.5 font-mono text-sm break-all"
        >
          {shown ? (
            value
          ) : (
            <>
              <span aria-hidden="true">{masked}</span>
              <span className="sr-only">hidden</span>
            </>
          )}
        </output>
        <div className="flex items-center justify-end gap-1 border-t border-line bg-surface px-1 py-1 sm:border-t-0 sm:border-l sm:py-0">
          <Button
            variant="ghost"
            size="sm"
            aria-pressed={shown}
            onClick={() => {
              if (!shown) onShown?.();
              setShown(!shown);
            }}
          >
            {shown ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
            {shown ? 'Hide' : 'Show'}
          </Button>
          <CopyButton value={value} label="Copy" showLabel variant="primary" onCopied={onCopied} />
        </div>
      </div>
    </div>
  );
}
