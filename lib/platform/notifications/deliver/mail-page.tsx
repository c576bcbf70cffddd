import { Container, Head, Heading, Hr, Html, Link, Preview, Section, Text } from 'react-email';
import { reportContent } from '@/lib/insight/reports/contract';
import type { Severity } from '@/lib/platform/notifications/notice-contract';
import { MAIL_DARK, mailStyle } from './mail-style';
import { headlineOf, type Message, type MessageNotice, noticeUrl, sortedNotices } from './message';
import { ReportPart } from './report-mail';

export const MAIL_NOTICES_MAX = 30;

const SEVERITY_WORD: Record<Severity, string> = { critical: 'Critical', warning: 'Warning', info: 'Info' };
function NoticePart({ message, notice }: { message: Message; notice: MessageNotice }) {
  const { title, body, action } = notice.words;
  return (
    <Section style={{ margin: '0 0 18px' }}>
      <Text
        className={notice.severity}
        style={{
          ...mailStyle[notice.severity],
          fontSize: 12,
          fontWeight: 600,
          lineHeight: '16px',
          margin: 0,
        }}
      >
        {SEVERITY_WORD[notice.severity]}
      </Text>
      <Text
        className="ink"
        style={{
          ...mailStyle.ink,
          fontSize: 16,
          fontWeight: 600,
          lineHeight: '22px',
          margin: '2px 0',
          overflowWrap: 'anywhere',
        }}
      >
        {title}
      </Text>
      <Text
        className="muted"
        style={{
          ...mailStyle.muted,
          fontSize: 14,
          lineHeight: '20px',
          margin: '0 0 6px',
          overflowWrap: 'anywhere',
        }}
      >
        {body}
      </Text>
      <Link className="link" href={noticeUrl(message, notice)} style={mailStyle.link}>
        {action.label}
      </Link>
      {notice.type === 'report.weekly' ? (
        <ReportPart content={reportContent.parse(notice.data)} consoleUrl={message.consoleUrl} />
      ) : null}
    </Section>
  );
}

/** The HTML of a mail: one column, readable on a phone, in light and dark. */
export function MailPage({ message }: { message: Message }) {
  const notices = sortedNotices(message);
  const more = notices.length - MAIL_NOTICES_MAX;
  const heading =
    message.kind === 'test'
      ? 'Test successful'
      : message.kind === 'digest'
        ? 'Daily summary'
        : notices[0]?.type === 'report.weekly' && notices.length === 1
          ? 'Weekly report'
          : 'Bulwark notification';
  return (
    <Html lang="en">
      <Head>
        <meta content="light dark" name="color-scheme" />
        <meta content="light dark" name="supported-color-schemes" />
        <style>{MAIL_DARK}</style>
      </Head>
      <Preview>{headlineOf(message)}</Preview>
      <body className="page" style={mailStyle.page}>
        <Container className="panel" style={mailStyle.panel}>
          <Heading
            as="h1"
            className="muted"
            style={{
              ...mailStyle.muted,
              fontSize: 13,
              fontWeight: 600,
              lineHeight: '18px',
              margin: '0 0 14px',
            }}
          >
            {heading} · {message.tenantName}
          </Heading>
          {notices.length === 0 && (
            <Text
              className="ink"
              style={{ ...mailStyle.ink, fontSize: 16, lineHeight: '22px', margin: '0 0 16px' }}
            >
              {headlineOf(message)}. Notifications from this channel will arrive here.
            </Text>
          )}
          {notices.slice(0, MAIL_NOTICES_MAX).map((notice) => (
            <NoticePart key={notice.id} message={message} notice={notice} />
          ))}
          {more > 0 && (
            <Link className="link" href={`${message.consoleUrl}/inbox`} style={mailStyle.link}>
              {more} more in the inbox
            </Link>
          )}
          <Hr className="line" style={mailStyle.line} />
          <Text className="muted" style={{ ...mailStyle.muted, fontSize: 12, lineHeight: '18px', margin: 0 }}>
            Sent by the channel {message.channelName}. An operator can change what you receive in{' '}
            <Link
              className="link"
              href={`${message.consoleUrl}/settings/notifications`}
              style={{ ...mailStyle.link, fontSize: 12 }}
            >
              Settings, Notifications
            </Link>
            .
          </Text>
        </Container>
      </body>
    </Html>
  );
}
