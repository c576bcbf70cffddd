import { Link, Section, Text } from 'react-email';
import type {
  ReportContent,
  ReportLine,
  ReportSection,
  ReportTone,
  ReportWeek,
} from '@/lib/insight/reports/contract';
import { mailStyle } from './mail-style';

const TONE_CLASS: Record<ReportTone, 'critical' | 'warning' | 'info'> = {
  danger: 'critical',
  warning: 'warning',
  neutral: 'info',
  success: 'info',
};
/** A word for the colour, for who cannot see it. */
const TONE_WORD: Partial<Record<ReportTone, string>> = { danger: 'Act now', warning: 'Soon' };
const URGENT = new Set(['needs', 'keys']);
const BAR_WIDTH = 96;
const small = { fontSize: 13, lineHeight: '18px', margin: 0, overflowWrap: 'anywhere' } as const;

interface LineProps {
  line: ReportLine;
  consoleUrl: string;
  /** Says by a word how soon somebody should act. */
  isUrgent: boolean;
}

function Line({ line, consoleUrl, isUrgent }: LineProps) {
  const { text, value, detail, who, tone, path } = line;
  const word = isUrgent ? TONE_WORD[tone] : undefined;
  const label = (
    <>
      {value === null ? null : <strong>{value} </strong>}
      {text}
    </>
  );
  return (
    <tr>
      <td className="line" style={{ ...mailStyle.rule, padding: '8px 0', verticalAlign: 'top' }}>
        <Text
          className="ink"
          style={{ ...mailStyle.ink, fontSize: 14, lineHeight: '20px', margin: 0, overflowWrap: 'anywhere' }}
        >
          {path === null ? (
            label
          ) : (
            <Link className="link" href={`${consoleUrl}${path}`} style={mailStyle.link}>
              {label}
            </Link>
          )}
        </Text>
        <Text className="muted" style={{ ...mailStyle.muted, ...small }}>
          {word === undefined ? null : (
            <span className={TONE_CLASS[tone]} style={{ ...mailStyle[TONE_CLASS[tone]], fontWeight: 600 }}>
              {word}
              {who === null && detail === null ? '' : ' · '}
            </span>
          )}
          {[who, detail].filter((part) => part !== null).join(' · ')}
        </Text>
      </td>
    </tr>
  );
}

function Weeks({ weeks }: { weeks: readonly ReportWeek[] }) {
  const most = Math.max(1, ...weeks.map(({ open }) => open));
  const cell = { ...small, padding: '3px 8px 3px 0', textAlign: 'right' } as const;
  return (
    <table
      cellPadding={0}
      cellSpacing={0}
      style={{ width: '100%', marginTop: 8, borderCollapse: 'collapse' }}
    >
      <thead>
        <tr>
          {['Week of', 'Found', 'Fixed', 'Open', ''].map((head, i) => (
            <th
              key={head}
              className="muted"
              style={{ ...mailStyle.muted, ...cell, fontWeight: 500, textAlign: i === 0 ? 'left' : 'right' }}
            >
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map(({ from, found, fixed, open }) => (
          <tr key={from}>
            <td
              className="muted"
              style={{ ...mailStyle.muted, ...cell, textAlign: 'left', whiteSpace: 'nowrap' }}
            >
              {from.slice(5)}
            </td>
            {[found, fixed, open].map((count, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the columns are fixed
              <td key={i} className="ink" style={{ ...mailStyle.ink, ...cell }}>
                {count.toLocaleString('en')}
              </td>
            ))}
            <td style={{ width: BAR_WIDTH }}>
              <div
                className="bar"
                style={{
                  ...mailStyle.bar,
                  height: 8,
                  width: Math.round((open / most) * BAR_WIDTH),
                  borderRadius: 2,
                }}
              />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Part({ section, consoleUrl }: { section: ReportSection; consoleUrl: string }) {
  return (
    <Section style={{ margin: '20px 0 0' }}>
      <Text
        className="ink"
        style={{ ...mailStyle.ink, fontSize: 15, fontWeight: 600, lineHeight: '22px', margin: '0 0 2px' }}
      >
        {section.title}
      </Text>
      {section.lines.length === 0 ? (
        <Text className="muted" style={{ ...mailStyle.muted, fontSize: 14, lineHeight: '20px', margin: 0 }}>
          {section.empty}
        </Text>
      ) : (
        <table cellPadding={0} cellSpacing={0} style={{ width: '100%', borderCollapse: 'collapse' }}>
          <tbody>
            {section.lines.map((line, i) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: the lines never change
              <Line key={i} line={line} consoleUrl={consoleUrl} isUrgent={URGENT.has(section.key)} />
            ))}
          </tbody>
        </table>
      )}
      {section.weeks ? <Weeks weeks={section.weeks} /> : null}
      {section.more > 0 && section.morePath !== null ? (
        <Link className="link" href={`${consoleUrl}${section.morePath}`} style={mailStyle.link}>
          {section.more} more
        </Link>
      ) : null}
    </Section>
  );
}

/** The weekly report within a mail: one column that a phone shows whole. */
export function ReportPart({ content, consoleUrl }: { content: ReportContent; consoleUrl: string }) {
  return (
    <>
      {content.sections.map((section) => (
        <Part key={section.key} section={section} consoleUrl={consoleUrl} />
      ))}
    </>
  );
}

/** The same as plain text. */
export function reportText({ sections }: ReportContent, consoleUrl: string): string {
  const lineOf = ({ text, value, detail, who, path }: ReportLine) => {
    const facts = [who, detail].filter((part) => part !== null).join(' · ');
    const head = `- ${value === null ? '' : `${value} `}${text}${facts === '' ? '' : ` (${facts})`}`;
    return path === null ? head : `${head}\n  ${consoleUrl}${path}`;
  };
  return sections
    .map(({ title, lines, empty, more, morePath }) => {
      const shown = lines.length === 0 ? [empty] : lines.map(lineOf);
      const rest =
        more > 0 ? [`- and ${more} more${morePath === null ? '' : `: ${consoleUrl}${morePath}`}`] : [];
      return [title.toUpperCase(), ...shown, ...rest].join('\n');
    })
    .join('\n\n');
}
