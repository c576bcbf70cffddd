import type { ReportContent, ReportLine, ReportSection, ReportWeek } from './contract';

/** Text as Markdown shows it literally, whatever it holds. */
const plain = (text: string) => text.replaceAll(/[\\`*_{}[\]()#+\-.!|<>~&]/g, '\\$&');

function lineText({ text, value, detail, who, path }: ReportLine, consoleUrl: string): string {
  const label = value === null ? plain(text) : `**${plain(value)}** ${plain(text)}`;
  const shown = path === null ? label : `[${label}](<${consoleUrl}${path}>)`;
  const rest = [detail === null ? '' : ` (${plain(detail)})`, who === null ? '' : ` — ${plain(who)}`];
  return `- ${shown}${rest.join('')}`;
}

function weekTable(weeks: readonly ReportWeek[]): string {
  const rows = weeks.map(({ from, found, fixed, open }) => `| ${from} | ${found} | ${fixed} | ${open} |`);
  return ['| Week of | Found | Fixed | Open |', '|---|--:|--:|--:|', ...rows].join('\n');
}

function sectionText(section: ReportSection, consoleUrl: string): string {
  const lines = section.lines.map((line) => lineText(line, consoleUrl));
  if (lines.length === 0) lines.push(plain(section.empty));
  if (section.more > 0) {
    const more = `and ${section.more} more`;
    lines.push(`- ${section.morePath === null ? more : `[${more}](<${consoleUrl}${section.morePath}>)`}`);
  }
  const table = section.weeks ? `\n\n${weekTable(section.weeks)}` : '';
  return `## ${section.title}\n\n${lines.join('\n')}${table}`;
}

/** The report as Markdown. Names from outside are shown as they are and are never markup. */
export function reportMarkdown(content: ReportContent, consoleUrl: string): string {
  const { tenant, from, to, headline, isLate, sections } = content;
  const head = `# Weekly report for ${plain(tenant)}\n\n${from} to ${to}${isLate ? ', made late' : ''}\n\n**${plain(headline)}**`;
  return `${[head, ...sections.map((section) => sectionText(section, consoleUrl))].join('\n\n')}\n`;
}
