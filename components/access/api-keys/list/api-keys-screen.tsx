'use client';

import { useQuery } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import Link from 'next/link';
import { parseAsBoolean, useQueryState } from 'nuqs';
import { useEffect, useMemo, useRef, useState } from 'react';
import { fetchKeyPage, keyKeys, readKeysFromApi } from '@/components/access/api-keys/api-keys.queries';
import { CreateFlow } from '@/components/access/api-keys/create/create-flow';
import { RevokeDialog } from '@/components/access/api-keys/detail/revoke-dialog';
import type { Owner } from '@/components/access/api-keys/owner';
import { RotateFlow } from '@/components/access/api-keys/rotation/rotate-flow';
import type { Origins } from '@/components/access/api-keys/secret/secret-dialog';
import { DataTableView } from '@/components/data-table/data-view';
import { apiFetch, apiUrl } from '@/components/shell/api-client';
import { useShortcut } from '@/components/shell/shortcut-provider';
import { standingQuery } from '@/components/shell/standing.queries';
import { Button } from '@/components/ui/button';
import { EmptyState } from '@/components/ui/empty-state';
import type { KeyDto } from '@/lib/access/api-keys/contract';
import type { Permission } from '@/lib/platform/auth/contract';
import { KeyCard, keyColumns, keyFilterKeys } from './key-columns';
import { type KeyFilter, splitFilter } from './key-filter';
import { KeyMenu } from './key-menu';
import { keyPeek } from './key-peek';
import { useKeyActions } from './use-key-actions';

export interface ApiKeysScreenProps {
  canWrite: boolean;
  owners: readonly Owner[];
  selfId: string;
  grantable: readonly Permission[];
  origins: Origins;
}

export function ApiKeysScreen(props: ApiKeysScreenProps) {
  const { canWrite, owners, origins } = props;
  const [creating, setCreating] = useCreating();
  const [revoking, setRevoking] = useState<KeyDto | null>(null);
  const [rotating, setRotating] = useState<KeyDto | null>(null);
  const createButton = useRef<HTMLButtonElement>(null);
  const actions = useKeyActions();
  const openCreate = () => setCreating(true);
  useShortcut('new', openCreate, canWrite);
  const filterKeys = useMemo(() => keyFilterKeys(owners), [owners]);
  const startRotation = (key: KeyDto) => setRotating(key);
  return (
    <>
      <DataTableView<KeyDto>
        title="Keys"
        status={<Attention />}
        actions={
          canWrite ? (
            <Button ref={createButton} variant="primary" onClick={openCreate}>
              <Plus aria-hidden />
              Create key
            </Button>
          ) : null
        }
        noun={{ one: 'key', many: 'keys' }}
        columns={keyColumns}
        rowId={(key) => key.id}
        queryKey={keyKeys.list}
        fetchPage={(query, { cursor, signal }) =>
          fetchKeyPage(readKeysFromApi(signal), query, owners, cursor)
        }
        fetchRow={(id, signal) => apiFetch<KeyDto>(`/keys/${id}`, { signal })}
        defaultFrom={null}
        filterKeys={filterKeys}
        filterPlaceholder="Name, id, blw_live_…, or status:expired"
        card={(key) => <KeyCard keyDto={key} />}
        peek={keyPeek}
        rowActions={(key) => (
          <KeyMenu
            keyDto={key}
            canWrite={canWrite}
            actions={actions}
            onRotate={startRotation}
            onRevoke={setRevoking}
          />
        )}
        curl={(query) => listCurl(origins.consoleUrl, splitFilter(query.clauses, owners).filter)}
        empty={<NoKeys canWrite={canWrite} gateUrl={origins.gateUrl} onCreate={openCreate} />}
      />
      {canWrite ? (
        <CreateFlow
          open={creating}
          onOpenChange={setCreating}
          owners={owners}
          selfId={props.selfId}
          grantable={props.grantable}
          origins={origins}
          returnFocus={createButton}
        />
      ) : null}
      <RevokeDialog target={revoking} onClose={() => setRevoking(null)} actions={actions} />
      {rotating ? (
        <RotateFlow key={rotating.id} keyDto={rotating} origins={origins} onDone={() => setRotating(null)} />
      ) : null}
    </>
  );
}

/** Whether the form is open. `?create=true` opens it and is taken out of the URL, so that going back does not. */
function useCreating() {
  const [creating, setCreating] = useState(false);
  const [asked, setAsked] = useQueryState('create', parseAsBoolean.withDefault(false));
  useEffect(() => {
    if (!asked) return;
    setCreating(true);
    void setAsked(null);
  }, [asked, setAsked]);
  return [creating, setCreating] as const;
}

function listCurl(consoleUrl: string, filter: KeyFilter): string {
  return `curl -sS '${consoleUrl}${apiUrl('/keys', { ...filter })}' \\\n  -H "Authorization: Bearer $BULWARK_API_KEY"`;
}

/** Which keys need somebody; each count leads to its rows. */
function Attention() {
  const standing = useQuery(standingQuery);
  const data = standing.data?.items.filter(({ key }) => key.startsWith('keys.'));
  if (!data) return 'API keys that services use to authenticate to the gate and the management API.';
  if (data.length === 0) return 'No key needs attention.';
  return (
    <>
      {data.map((item, index) => (
        <span key={item.key}>
          {index > 0 ? '; ' : ''}
          <Link href={item.href} prefetch={false} className="text-ink underline underline-offset-2">
            {item.text}
          </Link>
        </span>
      ))}
      .
    </>
  );
}

function NoKeys({
  canWrite,
  gateUrl,
  onCreate,
}: {
  canWrite: boolean;
  gateUrl: string;
  onCreate: () => void;
}) {
  const code = [
    `curl -sS ${gateUrl}/v1/verify \\`,
    '  -H "Authorization: Bearer $BULWARK_API_KEY" \\',
    "  -H 'Content-Type: application/json' \\",
    '  -d "{\\"key\\":\\"$BULWARK_API_KEY\\"}"',
  ].join('\n');
  return (
    <EmptyState
      icon={<KeyRound aria-hidden />}
      title="No keys yet"
      code={canWrite ? code : undefined}
      copyLabel="Copy curl command"
      action={
        canWrite ? (
          <Button onClick={onCreate}>
            <Plus aria-hidden />
            Create key
          </Button>
        ) : null
      }
    >
      {canWrite
        ? 'A key identifies one service. Create your first key, then verify it with the gate:'
        : 'A key identifies one service. Ask an operator to create one.'}
    </EmptyState>
  );
}
