/** One variable of an environment file. */
export interface EnvEntry {
  name: string;
  value: string;
  /** Counts from 1. */
  line: number;
  /** In single quotes: `$NAME` stands for itself. */
  isLiteral: boolean;
}

const ASSIGNMENT = /^\s*(?:export\s+|set\s+|declare\s+-x\s+)?([A-Za-z_][\w.-]*)\s*=[^\S\n]*/;

/** What stands between the quotes, and how many lines it took; to the end of the text where the quote stays open. */
function quoted(
  lines: readonly string[],
  at: number,
  start: string,
  quote: string,
): { value: string; lines: number } {
  const parts: string[] = [];
  let text = start;
  for (let used = 1; ; used++) {
    const end = closing(text, quote);
    if (end >= 0) return { value: [...parts, text.slice(0, end)].join('\n'), lines: used };
    const next = lines[at + used];
    if (next === undefined) return { value: [...parts, text].join('\n'), lines: used };
    parts.push(text);
    text = next;
  }
}

function closing(text: string, quote: string): number {
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\' && quote === '"') i += 1;
    else if (text[i] === quote) return i;
  }
  return -1;
}

/** The variables of an environment file (`.env`, `env_file` of compose, the exports of a shell). Never fails. */
export function readEnvFile(text: string): EnvEntry[] {
  const lines = text.split(/\r?\n/);
  const entries: EnvEntry[] = [];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    const match = ASSIGNMENT.exec(line);
    if (!match) {
      at += 1;
      continue;
    }
    const given = line.slice(match[0].length);
    const quote = given[0] === '"' || given[0] === "'" ? given[0] : null;
    const { value, lines: used } = quote
      ? quoted(lines, at, given.slice(1), quote)
      : { value: given.replace(/(^|\s+)#.*$/, '').trim(), lines: 1 };
    entries.push({ name: match[1] ?? '', value, line: at + 1, isLiteral: quote === "'" });
    at += used;
  }
  return entries;
}
