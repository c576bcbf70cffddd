import { Container, Head, Heading, Hr, Html, Link, Preview, Section, Text } from 'react-email';
import type { Severity } from './contract';
import { headlineOf, type Message, type MessageNotice, noticeUrl, sortedNotices } from './message';

export const MAIL_NOTICES_MAX = 30;

const SEVERITY_WORD: Record<Severity, string> = { critical: 'Critical', warning: 'Warning', info: 'Info' };
const FONT = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";

const light = {
  page: { backgroundColor: '#f4f5f7', margin: 0, padding: '16px 8px', fontFamily: FONT },
  panel: {
    backgroundColor: '#ffffff',
    border: '1px solid #dcdfe4',
    borderRadius: 8,
    maxWidth: 600,
    padding: '20px 24px',
  },
  ink: { color: '#16181d' },
  muted: { color: '#5b616e' },
  link: { color: '#1f5fd0', fontSize: 14 },
  line: { borderColor: '#dcdfe4', margin: '16px 0' },
  critical: { color: '#b3261e' },
  warning: { color: '#8a5a00' },
  info: { color: '#5b616e' },
};

// Clients that know prefers-color-scheme get the dark palette; inline styles need !important to give way.
const DARK = `
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background-color: #0f1115 !important; }
  .panel { background-color: #181b21 !important; border-color: #2d323c !important; }
  .ink { color: #eceef2 !important; }
  .muted, .info { color: #a4abb8 !important; }
  .link { color: #86b1ff !important; }
  .line { border-color: #2d323c !important; }
  .critical { color: #ff8f86 !important; }
  .warning { color: #f2b955 !important; }
}
`;

function NoticePart({ message, notice }: { message: Message; notice: MessageNotice }) {
  const { title, body, action } = notice.words;
  return (
    <Section style={{ margin: '0 0 18px' }}>
      <Text
        className={notice.severity}
        style={{ ...light[notice.severity], fontSize: 12, fontWeight: 600, lineHeight: '16px', margin: 0 }}
      >
        {SEVERITY_WORD[notice.severity]}
      </Text>
      <Text
        className="ink"
        style={{
          ...light.ink,
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
          ...light.muted,
          fontSize: 14,
          lineHeight: '20px',
          margin: '0 0 6px',
          overflowWrap: 'anywhere',
        }}
      >
        {body}
      </Text>
      <Link className="link" href={noticeUrl(message, notice)} style={light.link}>
        {action.label}
      </Link>
    </Section>
  );
}

/** The HTML of a mail: one column, readable on a phone, in light and dark. */
export function MailPage({ message }: { message: Message }) {
  const notices = sortedNotices(message);
  const more = notices.length - MAIL_NOTICES_MAX;
  const heading =
    message.kind === 'test'
      ? 'The channel works'
      : message.kind === 'digest'
        ? 'Daily summary'
        : 'Bulwark notice';
  return (
    <Html lang="en">
      <Head>
        <meta content="light dark" name="color-scheme" />
        <meta content="light dark" name="supported-color-schemes" />
        <style>{DARK}</style>
      </Head>
      <Preview>{headlineOf(message)}</Preview>
      <body className="page" style={light.page}>
        <Container className="panel" style={light.panel}>
          <Heading
            as="h1"
            className="muted"
            style={{ ...light.muted, fontSize: 13, fontWeight: 600, lineHeight: '18px', margin: '0 0 14px' }}
          >
            {heading} · {message.tenantName}
          </Heading>
          {notices.length === 0 && (
            <Text
              className="ink"
              style={{ ...light.ink, fontSize: 16, lineHeight: '22px', margin: '0 0 16px' }}
            >
              {headlineOf(message)}. Notices of this channel will arrive here.
            </Text>
          )}
          {notices.slice(0, MAIL_NOTICES_MAX).map((notice) => (
            <NoticePart key={notice.id} message={message} notice={notice} />
          ))}
          {more > 0 && (
            <Link className="link" href={`${message.consoleUrl}/inbox`} style={light.link}>
              {more} more in the inbox
            </Link>
          )}
          <Hr className="line" style={light.line} />
          <Text className="muted" style={{ ...light.muted, fontSize: 12, lineHeight: '18px', margin: 0 }}>
            Sent by the channel {message.channelName}. An operator changes what arrives here in{' '}
            <Link
              className="link"
              href={`${message.consoleUrl}/settings/notifications`}
              style={{ ...light.link, fontSize: 12 }}
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
