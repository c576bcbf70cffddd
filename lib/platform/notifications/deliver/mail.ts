import { createElement } from 'react';
import { render } from 'react-email';
import { reportContent } from '@/lib/insight/reports/contract';
import { onOneLine } from '@/lib/platform/notifications/words';
import { MAIL_NOTICES_MAX, MailPage } from './mail-page';
import { headlineOf, type Message, noticeUrl, sortedNotices } from './message';
import { reportText } from './report-mail';

const SUBJECT_LENGTH_MAX = 150;

export interface Mail {
  from: { name: string; address: string };
  to: { name: string; address: string };
  subject: string;
  messageId: string;
  text: string;
  html: string;
}

function textOf(message: Message): string {
  const notices = sortedNotices(message);
  const more = notices.length - MAIL_NOTICES_MAX;
  const parts = notices.slice(0, MAIL_NOTICES_MAX).map((notice) => {
    const { title, body, action } = notice.words;
    const rest =
      notice.type === 'report.weekly'
        ? `\n\n${reportText(reportContent.parse(notice.data), message.consoleUrl)}`
        : '';
    return `${title}\n${body}\n${action.label}: ${noticeUrl(message, notice)}${rest}`;
  });
  if (notices.length === 0)
    parts.push(`${headlineOf(message)}. Notifications from this channel will arrive here.`);
  if (more > 0) parts.push(`${more} more in the inbox: ${message.consoleUrl}/inbox`);
  const footer = `Sent by the channel ${message.channelName} of ${message.tenantName}.\n${message.consoleUrl}/settings/notifications`;
  return `${parts.join('\n\n')}\n\n-- \n${footer}\n`;
}

/**
 * The mail of a delivery. Everything that becomes a header is one line of plain text; addresses are passed as objects,
 * so that nothing in them is read as a list. The message id stays the same when it is sent again.
 */
export async function mailOf(message: Message, mailFrom: string): Promise<Mail> {
  const host = mailFrom.slice(mailFrom.lastIndexOf('@') + 1);
  const subject = onOneLine(`[Bulwark] ${headlineOf(message)}`);
  return {
    from: { name: 'Bulwark', address: mailFrom },
    to: { name: '', address: message.recipient },
    subject: subject.length > SUBJECT_LENGTH_MAX ? `${subject.slice(0, SUBJECT_LENGTH_MAX - 1)}…` : subject,
    messageId: `<${message.deliveryId}@${host}>`,
    text: textOf(message),
    html: await render(createElement(MailPage, { message })),
  };
}
