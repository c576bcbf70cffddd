import type { ChannelKind, Severity } from '@/lib/platform/notifications/notice-contract';
import type { Words } from '@/lib/platform/notifications/words';

export interface MessageNotice {
  id: string;
  type: string;
  severity: Severity;
  subject: { type: string; id: string | null; label: string };
  data: Record<string, unknown>;
  createdAt: Date;
  words: Words;
}

/** One delivery, ready to be written in the form of its channel. */
export interface Message {
  deliveryId: string;
  kind: 'event' | 'digest' | 'test';
  tenantId: string;
  tenantName: string;
  channelName: string;
  /** An e-mail address; empty for the other kinds. */
  recipient: string;
  notices: readonly MessageNotice[];
  consoleUrl: string;
  sentAt: Date;
}

/** Where a message goes, with its secrets. */
export interface Target {
  kind: ChannelKind;
  url: string;
  /** Signing secrets of a webhook: the present one, and the one before it while they overlap. */
  secrets: readonly string[];
}

const RANK: Record<Severity, number> = { critical: 0, warning: 1, info: 2 };
const TEXT_BYTES_MAX = 4096;

/** Worst first, then in the order in which they happened. */
export function sortedNotices({ notices }: Message): MessageNotice[] {
  return [...notices].sort(
    (a, b) => RANK[a.severity] - RANK[b.severity] || a.createdAt.getTime() - b.createdAt.getTime(),
  );
}

export const noticeUrl = ({ consoleUrl }: Message, { words }: MessageNotice): string =>
  `${consoleUrl}${words.action.path}`;

/** The one line that stands for the whole message. */
export function headlineOf(message: Message): string {
  const [first] = sortedNotices(message);
  if (message.kind === 'test') return `Test notification from channel ${message.channelName}`;
  const title = first?.words.title ?? 'No notifications';
  const more = message.notices.length - 1;
  if (message.kind === 'digest') {
    return `Daily summary: ${more > 0 ? `${more + 1} notifications, ` : ''}${title}`;
  }
  return more > 0 ? `${title}, and ${more} more` : title;
}

/** Text as the log of attempts keeps it: at most 4 KiB, storable, without the given secrets. */
export function loggable(text: string, secrets: readonly string[] = []): string {
  let shown = text;
  for (const secret of secrets) if (secret !== '') shown = shown.replaceAll(secret, '[hidden]');
  const bytes = Buffer.from(shown.toWellFormed().replaceAll('\u0000', '\uFFFD'));
  if (bytes.length <= TEXT_BYTES_MAX) return bytes.toString('utf8');
  return `${bytes
    .subarray(0, TEXT_BYTES_MAX - 8)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')} …`;
}
