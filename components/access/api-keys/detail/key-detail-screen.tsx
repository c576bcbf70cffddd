'use client';

import { useQuery } from '@tanstack/react-query';
import { Pencil } from 'lucide-react';
import Link from 'next/link';
import { type ReactNode, useState } from 'react';
import { keyQuery } from '@/components/access/api-keys/api-keys.queries';
import { EditKeyDrawer } from '@/components/access/api-keys/create/edit-key-drawer';
import { problemText } from '@/components/access/api-keys/create/form-problem';
import { type KeyActions, useKeyActions } from '@/components/access/api-keys/list/use-key-actions';
import type { Owner } from '@/components/access/api-keys/owner';
import { RotateFlow } from '@/components/access/api-keys/rotation/rotate-flow';
import { RotationActions } from '@/components/access/api-keys/rotation/rotation-actions';
import { RotationPanel } from '@/components/access/api-keys/rotation/rotation-panel';
import { RotationSection } from '@/components/access/api-keys/rotation/rotation-section';
import { rotateRefusal } from '@/components/access/api-keys/rotation/rotation-state';
import type { Origins } from '@/components/access/api-keys/secret/secret-dialog';
import { ApiError } from '@/components/shell/api-client';
import { PageCrumb } from '@/components/shell/crumbs';
import { useShortcut } from '@/components/shell/shortcut-provider';
import { Button, ButtonLink } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { ErrorState } from '@/components/ui/error-state';
import { PageBody, PageHeader, PageSection } from '@/components/ui/page-header';
import type { KeyDto } from '@/lib/access/api-keys/contract';
import type { Permission } from '@/lib/platform/auth/contract';
import { auditHref } from './audit-href';
import { KeyDetailSkeleton } from './key-detail-skeleton';
import { KeyHeader, RevokedNotice } from './key-header';
import { KeyProperties } from './key-properties';
import { RevokeDialog } from './revoke-dialog';
import { UsageChart } from './usage-chart';
import { VersionHistory } from './version-history';

export interface KeyDetailScreenProps {
  id: string;
  canWrite: boolean;
  owners: readonly Owner[];
  grantable: readonly Permission[];
  origins: Origins;
}

export function KeyDetailScreen(props: KeyDetailScreenProps) {
  const query = useQuery(keyQuery(props.id));
  const actions = useKeyActions();
  if (query.isPending) return <KeyDetailSkeleton />;
  if (query.error && !query.data) {
    const { error } = query;
    if (error instanceof ApiError && error.status === 404) return <KeyMissing />;
    return (
      <ErrorState
        title="Could not load this key"
        requestId={error instanceof ApiError ? (error.requestId ?? undefined) : undefined}
        onRetry={() => void query.refetch()}
        retrying={query.isFetching}
      >
        {problemText(error)}
      </ErrorState>
    );
  }
  return (
    <KeyDetail
      {...props}
      keyDto={query.data}
      actions={actions}
      notice={query.error ? <StaleNotice error={query.error} onRetry={() => void query.refetch()} /> : null}
    />
  );
}

export function KeyMissing() {
  return (
    <PageBody>
      <PageHeader
        title="Key not found"
        status="No key in this tenant has this ID. It may belong to another tenant."
        actions={<ButtonLink href="/keys">All keys</ButtonLink>}
      />
    </PageBody>
  );
}

/** What is shown may be out of date, and says so. */
function StaleNotice({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <Callout
      tone="warning"
      title="Could not refresh this page"
      action={<Button onClick={onRetry}>Try again</Button>}
    >
      {problemText(error)}
    </Callout>
  );
}

function KeyDetail({
  keyDto: key,
  canWrite,
  owners,
  grantable,
  origins,
  actions,
  notice,
}: KeyDetailScreenProps & { keyDto: KeyDto; actions: KeyActions; notice: ReactNode }) {
  const [dialog, setDialog] = useState<'rotate' | 'revoke' | 'edit' | null>(null);
  const close = () => setDialog(null);
  const isLive = key.revokedAt === null;
  useShortcut('rotate', () => setDialog('rotate'), canWrite && rotateRefusal(key, Date.now()) === null);
  return (
    <PageBody>
      <PageCrumb label={key.name} />
      <KeyHeader
        keyDto={key}
        canWrite={canWrite}
        actions={actions}
        onRotate={() => setDialog('rotate')}
        onRevoke={() => setDialog('revoke')}
      />
      {notice}
      <RevokedNotice keyDto={key} canWrite={canWrite} actions={actions} />
      <RotationPanel
        keyDto={key}
        actions={
          canWrite && isLive
            ? (rotation) => <RotationActions keyDto={key} rotation={rotation} actions={actions} />
            : undefined
        }
      />
      <PageSection
        title="Use"
        description="Requests per hour over the last 36 hours, for all versions. Updated every minute."
        actions={<AuditLink id={key.id} />}
      >
        <UsageChart keyDto={key} />
      </PageSection>
      <PageSection
        title="Properties"
        actions={
          canWrite && isLive ? (
            <Button size="sm" onClick={() => setDialog('edit')}>
              <Pencil aria-hidden />
              Edit
            </Button>
          ) : null
        }
      >
        <KeyProperties keyDto={key} />
      </PageSection>
      <RotationSection keyDto={key} canWrite={canWrite} />
      <PageSection title="Version history">
        <VersionHistory
          keyDto={key}
          onUndoRevoke={canWrite && isLive ? (version) => void actions.undoRevoke(key, version) : undefined}
        />
      </PageSection>
      <EditKeyDrawer
        keyDto={key}
        open={dialog === 'edit'}
        onOpenChange={close}
        owners={owners}
        grantable={grantable}
      />
      <RevokeDialog target={dialog === 'revoke' ? key : null} onClose={close} actions={actions} />
      {dialog === 'rotate' ? <RotateFlow keyDto={key} origins={origins} onDone={close} /> : null}
    </PageBody>
  );
}

function AuditLink({ id }: { id: string }) {
  return (
    <Link href={auditHref(id)} className="text-sm text-accent-text underline-offset-2 hover:underline">
      View recent decisions in the audit log
    </Link>
  );
}
