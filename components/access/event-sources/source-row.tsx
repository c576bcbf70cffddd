'use client';

import { Ellipsis } from 'lucide-react';
import { Button } from '@/components/ui/button';
import { DropdownMenu, MenuItem, MenuSeparator } from '@/components/ui/dropdown-menu';
import { IconButton } from '@/components/ui/icon-button';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { SourceDto, SourceTokenDto } from '@/lib/access/event-sources/contract';

/** What is to be ended: a source, or one of its tokens. */
export interface Ending {
  source: SourceDto;
  token: SourceTokenDto | null;
}

export interface SourceRowProps {
  source: SourceDto;
  canWrite: boolean;
  isBusy: boolean;
  onEdit: (source: SourceDto) => void;
  onAddToken: (source: SourceDto) => void;
  onEnd: (ending: Ending) => void;
}

function Where({ source: { allowedCidrs, clientSubject } }: { source: SourceDto }) {
  return (
    <span className="flex flex-wrap gap-x-4 gap-y-0.5 text-muted text-sm">
      {allowedCidrs.length > 0 ? (
        <span>
          from <code className="text-xs break-all">{allowedCidrs.join(', ')}</code>
        </span>
      ) : null}
      {clientSubject ? (
        <span>
          with the certificate <code className="text-xs break-all">{clientSubject}</code>
        </span>
      ) : null}
    </span>
  );
}

function Token({ token, onEnd }: { token: SourceTokenDto; onEnd: (() => void) | null }) {
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
      <code className="text-xs">
        {token.prefix}…{token.last4}
      </code>
      <span className="text-faint text-xs">
        since <Time value={token.createdAt} />
      </span>
      {onEnd ? (
        <Button size="sm" variant="ghost" onClick={onEnd}>
          Revoke
        </Button>
      ) : null}
    </li>
  );
}

/** One source: whence its events may come, and its tokens. */
export function SourceRow({ source, canWrite, isBusy, onEdit, onAddToken, onEnd }: SourceRowProps) {
  const isRevoked = source.revokedAt !== null;
  const tokens = source.tokens.filter(({ revokedAt }) => revokedAt === null);
  return (
    <li className="flex items-start gap-4 border-line border-t px-4 py-3 first:border-t-0">
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        <span className="flex flex-wrap items-center gap-3">
          <span className="font-medium">{source.name}</span>
          {isRevoked ? <Status tone="neutral">Revoked</Status> : <Status tone="success">Active</Status>}
        </span>
        <Where source={source} />
        {isRevoked ? (
          <span className="text-faint text-sm">
            Revoked <Time value={source.revokedAt ?? ''} />: {source.revokedReason}
          </span>
        ) : (
          <ul className="flex flex-col">
            {tokens.map((token) => (
              <Token
                key={token.id}
                token={token}
                onEnd={canWrite && tokens.length > 1 ? () => onEnd({ source, token }) : null}
              />
            ))}
          </ul>
        )}
      </div>
      {canWrite && !isRevoked ? (
        <DropdownMenu
          align="end"
          trigger={
            <IconButton label={`Change ${source.name}`} size="sm" disabled={isBusy}>
              <Ellipsis aria-hidden />
            </IconButton>
          }
        >
          <MenuItem onSelect={() => onEdit(source)}>Change…</MenuItem>
          <MenuItem hint="The others keep working" onSelect={() => onAddToken(source)}>
            Add token
          </MenuItem>
          <MenuSeparator />
          <MenuItem tone="danger" onSelect={() => onEnd({ source, token: null })}>
            Revoke…
          </MenuItem>
        </DropdownMenu>
      ) : null}
    </li>
  );
}
