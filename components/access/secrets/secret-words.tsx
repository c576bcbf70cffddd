import { CircleHelp, RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { Status } from '@/components/ui/status';
import { Time } from '@/components/ui/time';
import type { Tone } from '@/components/ui/tone';
import { Tooltip } from '@/components/ui/tooltip';
import type { BackendState, SecretDto, SecretModel, SecretStatus } from '@/lib/access/secrets/contract';

interface View {
  tone: Tone;
  word: string;
  icon?: ReactNode;
}

const UNKNOWN = <CircleHelp aria-hidden />;

const STATUSES: Record<SecretStatus, View> = {
  gone: { tone: 'neutral', word: 'Gone' },
  deleted: { tone: 'neutral', word: 'Deleted' },
  rotation_failed: { tone: 'danger', word: 'Rotation failed' },
  exposed: { tone: 'danger', word: 'Exposed' },
  rotating: { tone: 'info', word: 'Rotating', icon: <RefreshCw aria-hidden /> },
  overdue: { tone: 'danger', word: 'Overdue' },
  stuck: { tone: 'warning', word: 'Rotation stuck' },
  unread: { tone: 'warning', word: 'Not read', icon: UNKNOWN },
  age_unknown: { tone: 'warning', word: 'Age unknown', icon: UNKNOWN },
  due_soon: { tone: 'warning', word: 'Due soon' },
  unused: { tone: 'warning', word: 'Unused' },
  current: { tone: 'success', word: 'Current' },
};

export const statusWord = (status: string): string => STATUSES[status as SecretStatus]?.word ?? status;

export const MODEL_WORDS: Record<SecretModel, string> = {
  single: 'One value at a time',
  dual: 'Two logins in turn',
  static_role: 'By its backend',
  dynamic: 'A new one for each lease',
};

const exposedAdvice = ({ exposure, backend, line }: SecretDto) =>
  exposure === 'repository'
    ? 'It was committed to a repository. Rotate it: removing it from the code does not make it safe.'
    : `It is written out in ${backend.name}${line === null ? '' : `, line ${line}`}. Move it to a backend or a mounted file, then rotate it.`;

const ADVICE: Record<SecretStatus, (secret: SecretDto) => string> = {
  gone: () => 'It was no longer there the last time its place was read.',
  deleted: ({ recoverableUntil }) =>
    recoverableUntil
      ? 'It was deleted in its backend and can still be restored there.'
      : 'It was deleted in its backend.',
  rotation_failed: () =>
    'The last rotation failed. Open the secret to see at which step, and what works now.',
  exposed: exposedAdvice,
  rotating: () => 'A rotation is in progress.',
  overdue: () => 'Its rotation is overdue. Rotate it now.',
  stuck: ({ stuckReason }) => stuckReason ?? 'A rotation in its backend did not finish.',
  unread: () => 'Its backend was not read lately, so this may be out of date. See Backends for the reason.',
  age_unknown: () =>
    'It is not known when it was last rotated. Rotate it, or record the date if you know it.',
  due_soon: () => 'Its rotation is due soon.',
  unused: () => 'Nobody has used it for 90 days. Delete it if no service needs it.',
  current: () => 'No action needed.',
};

/** What the secret's status asks of the reader. */
export const secretAdvice = (secret: SecretDto): string => ADVICE[secret.status](secret);

/** The derived status; the tooltip says what to do. */
export function SecretState({ secret, look }: { secret: SecretDto; look?: 'pill' }) {
  const { tone, word, icon } = STATUSES[secret.status];
  return (
    <Tooltip content={secretAdvice(secret)}>
      <span className="inline-flex align-middle">
        <Status tone={tone} look={look} icon={icon}>
          {word}
        </Status>
      </span>
    </Tooltip>
  );
}

/** When it must be rotated, and whether that is over. */
export function Due({ secret, exact }: { secret: SecretDto; exact?: boolean }) {
  const { dueAt, status, model } = secret;
  const time = (
    <Time value={dueAt} mode={exact ? 'exact' : 'relative'} empty={model === 'dynamic' ? 'Never' : '–'} />
  );
  if (status !== 'overdue' || dueAt === null) return time;
  return <span className="text-danger-text">{time}</span>;
}

/** The creation of the current version; "Unknown" is a statement, not a gap. */
export function LastRotated({ secret, exact }: { secret: SecretDto; exact?: boolean }) {
  const empty = secret.model === 'dynamic' ? 'For each lease' : 'Unknown';
  return <Time value={secret.rotatedAt} mode={exact ? 'exact' : 'relative'} empty={empty} />;
}

export function LastUsed({ secret, exact }: { secret: SecretDto; exact?: boolean }) {
  const empty = secret.isUseKnown ? 'Never' : 'Not recorded';
  return (
    <Time
      value={secret.usedAt}
      mode={exact ? 'exact' : 'relative'}
      precision={exact ? 'minute' : undefined}
      empty={empty}
    />
  );
}

export const BACKEND_STATES: Record<BackendState, View> = {
  ok: { tone: 'success', word: 'Read' },
  readable: { tone: 'danger', word: 'Values are readable' },
  problem: { tone: 'danger', word: 'Cannot be read' },
  unproven: { tone: 'warning', word: 'Not proven', icon: UNKNOWN },
  partial: { tone: 'warning', word: 'Partly read', icon: UNKNOWN },
  unread: { tone: 'warning', word: 'Not read', icon: UNKNOWN },
};
