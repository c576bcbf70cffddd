'use client';

import { Ban, CircleSlash, Power, RotateCw } from 'lucide-react';
import { KeyStatus } from '@/components/access/api-keys/list/key-status';
import {
  keyAdvice,
  revokeReasons,
  undoMinutesLeft,
} from '@/components/access/api-keys/list/key-status-words';
import type { KeyActions } from '@/components/access/api-keys/list/use-key-actions';
import { isRotationOpen, rotateRefusal } from '@/components/access/api-keys/rotation/rotation-state';
import { Button } from '@/components/ui/button';
import { Callout } from '@/components/ui/callout';
import { PageHeader } from '@/components/ui/page-header';
import { Countdown, Time } from '@/components/ui/time';
import { Tooltip } from '@/components/ui/tooltip';
import { useNow } from '@/components/ui/use-now';
import type { KeyDto } from '@/lib/access/api-keys/contract';
import { ExpiryFact } from './expiry-fact';
import { EnvironmentBadge } from './key-properties';

const CLOCK_TICK_MS = 15_000;

export interface KeyHeaderProps {
  keyDto: KeyDto;
  canWrite: boolean;
  actions: KeyActions;
  onRotate: () => void;
  onRevoke: () => void;
}

/** Name, derived status, and one sentence: is something wrong, since when, what to do. */
export function KeyHeader(props: KeyHeaderProps) {
  const { keyDto: key, canWrite } = props;
  return (
    <PageHeader
      title={
        <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <span className="min-w-0 break-all">{key.name}</span>
          <KeyStatus status={key.status} look="pill" />
          <EnvironmentBadge environment={key.environment} />
        </span>
      }
      status={<KeySentence keyDto={key} />}
      actions={canWrite && key.revokedAt === null ? <HeaderActions {...props} /> : null}
    />
  );
}

function HeaderActions({ keyDto: key, actions, onRotate, onRevoke }: KeyHeaderProps) {
  const now = useNow(CLOCK_TICK_MS);
  const refusal = now === null ? null : rotateRefusal(key, now);
  const isDisabled = key.disabledAt !== null;
  const rotate = (
    <Button
      variant={isRotationOpen(key) ? 'secondary' : 'primary'}
      disabled={refusal !== null}
      focusableWhenDisabled
      onClick={onRotate}
    >
      <RotateCw aria-hidden />
      Rotate
    </Button>
  );
  return (
    <>
      <Button
        loading={actions.switchingId === key.id}
        onClick={() => void actions.setDisabled(key, !isDisabled)}
      >
        {isDisabled ? <Power aria-hidden /> : <CircleSlash aria-hidden />}
        {isDisabled ? 'Enable' : 'Disable'}
      </Button>
      <Button variant="danger-quiet" onClick={onRevoke}>
        <Ban aria-hidden />
        Revoke
      </Button>
      <Tooltip content={refusal ?? 'Create a new secret without downtime'} keys={refusal ? undefined : 'r'}>
        {rotate}
      </Tooltip>
    </>
  );
}

function KeySentence({ keyDto: key }: { keyDto: KeyDto }) {
  const use = <LastUse keyDto={key} />;
  if (key.status === 'revoked') return use;
  const isQuiet = key.status === 'operational' && key.expiresAt !== null;
  return (
    <p className="max-w-[60ch] text-pretty">
      {isQuiet ? null : keyAdvice(key)} {use}{' '}
      {key.expiresAt ? (
        <>
          {key.status === 'expired' ? 'Expired ' : 'Expires '}
          <ExpiryFact expiresAt={key.expiresAt} mode="relative" />.
        </>
      ) : null}
    </p>
  );
}

function LastUse({ keyDto: key }: { keyDto: KeyDto }) {
  if (!key.lastUsedAt) return 'Never used.';
  const from = key.lastUsedIp ? <code className="text-sm">{key.lastUsedIp}</code> : null;
  return (
    <>
      Last used <Time value={key.lastUsedAt} mode="relative" />
      {from ? <> from {from}</> : null}.
    </>
  );
}

/** What ended a revoked key, and the way back while there is one. */
export function RevokedNotice({
  keyDto: key,
  canWrite,
  actions,
}: Pick<KeyHeaderProps, 'keyDto' | 'canWrite' | 'actions'>) {
  const now = useNow(CLOCK_TICK_MS);
  if (key.revokedAt === null) return null;
  const minutes = now === null ? 0 : undoMinutesLeft(key, now);
  const exposed = key.revokedReason === 'KEY_COMPROMISE';
  return (
    <Callout
      tone={exposed ? 'danger' : 'warning'}
      title={
        <>
          Revoked <Time value={key.revokedAt} precision="minute" />
          {key.revokedReason ? `: ${revokeReasons[key.revokedReason].label.toLowerCase()}` : ''}
        </>
      }
      action={
        canWrite && minutes > 0 ? (
          <Button loading={actions.actingId === key.id} onClick={() => void actions.undoRevoke(key)}>
            Undo revocation ({minutes} min left)
          </Button>
        ) : null
      }
    >
      Requests that use this key are denied.{' '}
      {minutes > 0 && key.undoRevokeUntil ? (
        <>
          It can be undone for <Countdown to={key.undoRevokeUntil} />.
        </>
      ) : exposed ? (
        'You cannot restore a key revoked as exposed. Create a new key.'
      ) : (
        'You can no longer undo this. Create a new key.'
      )}
    </Callout>
  );
}
