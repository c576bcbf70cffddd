import type { OutboundRequest } from '@/lib/platform/core/outbound/outbound';
import type { Severity } from '@/lib/platform/notifications/notice-contract';
import { headlineOf, type Message, type MessageNotice, noticeUrl, sortedNotices } from './message';

// Slack takes 50 blocks of 3,000 characters.
const SHOWN_MAX = 20;
const MARK: Record<Severity, string> = {
  critical: ':red_circle: Critical',
  warning: ':large_orange_circle: Warning',
  info: 'Info',
};

/** The three characters that mean something in Slack's text; a name cannot call a channel or forge a link. */
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
/** Slack reads * _ ~ ` as marks at the edges of a word: a zero-width space keeps a name plain. */
const plain = (text: string) => escaped(text).replaceAll(/([*_~`])/g, '\u200B$1');
const section = (text: string) => ({ type: 'section', text: { type: 'mrkdwn', text } });

function noticeBlock(message: Message, notice: MessageNotice) {
  const { title, body, action } = notice.words;
  const link = `<${noticeUrl(message, notice)}|${escaped(action.label)}>`;
  return section(`*${plain(title)}*\n${MARK[notice.severity]} · ${plain(body)}\n${link}`.slice(0, 3000));
}

export function slackRequest(message: Message, url: string): OutboundRequest {
  const notices = sortedNotices(message);
  const more = notices.length - SHOWN_MAX;
  const rest = `… and ${more} more: <${message.consoleUrl}/inbox|open the inbox>`;
  const blocks = [
    ...(message.kind === 'digest' ? [section('*Daily summary*')] : []),
    ...(notices.length === 0 ? [section(`${plain(headlineOf(message))}. The channel works.`)] : []),
    ...notices.slice(0, SHOWN_MAX).map((notice) => noticeBlock(message, notice)),
    ...(more > 0 ? [section(rest)] : []),
    { type: 'context', elements: [{ type: 'mrkdwn', text: `Bulwark · ${plain(message.tenantName)}` }] },
  ];
  return {
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8', 'user-agent': 'Bulwark' },
    body: JSON.stringify({ text: escaped(headlineOf(message)), blocks, unfurl_links: false }),
  };
}
