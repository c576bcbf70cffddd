import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { envDocs } from '@/lib/platform/core/env/env-schema';

interface Row {
  name: string;
  group?: string;
  default: string;
  description: string;
  secret?: boolean;
}

const start = '<!-- config:start -->';
const end = '<!-- config:end -->';

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');
const code = (text: string) => `\`${text.replaceAll('|', '\\|')}\``;

/** A value that can be typed is shown as code, a sentence about the default as text. */
const defaultCell = (text: string) => (text === '' || /\s/.test(text) ? cell(text) : code(text));
const nameCell = (row: Row) =>
  row.secret ? `${code(row.name)}, ${code(`${row.name}_FILE`)}` : code(row.name);

/** The configuration table in Markdown, one part per group in the order given. */
export function renderEnvTable(rows: readonly Row[]): string {
  const groups = Map.groupBy(rows, (row) => row.group ?? 'Settings');
  const parts = [...groups].map(([group, members]) => {
    const lines = members.map(
      (row) => `| ${nameCell(row)} | ${defaultCell(row.default)} | ${cell(row.description)} |`,
    );
    return [`**${group}**`, '', '| Setting | Default | Meaning |', '|---|---|---|', ...lines].join('\n');
  });
  return parts.join('\n\n');
}

/** The README with its table replaced, or undefined when the markers are missing. */
export function withEnvTable(readme: string, table: string): string | undefined {
  const from = readme.indexOf(start);
  const to = readme.indexOf(end);
  if (from < 0 || to < from) return undefined;
  return `${readme.slice(0, from + start.length)}\n${table}\n${readme.slice(to)}`;
}

export function checkEnvDocs(root: string, rows: readonly Row[] = envDocs): string[] {
  const path = join(root, 'README.md');
  if (!existsSync(path)) return ['README.md is missing.'];
  const readme = readFileSync(path, 'utf8');
  const expected = withEnvTable(readme, renderEnvTable(rows));
  if (expected === undefined) return [`README.md has no ${start} … ${end}. Put the two markers back.`];
  if (expected === readme) return [];
  return [
    'README.md: the configuration table differs from lib/platform/core/env/env-schema.ts. Run npm run verify -- --write.',
  ];
}

/** Writes the table into the README. @throws when the markers are missing */
export function writeEnvDocs(root: string, rows: readonly Row[] = envDocs): void {
  const path = join(root, 'README.md');
  const text = withEnvTable(readFileSync(path, 'utf8'), renderEnvTable(rows));
  if (text === undefined) throw new Error(`README.md has no ${start} … ${end}`);
  writeFileSync(path, text);
}
