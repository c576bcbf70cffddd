import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DOCUMENT = 'docs/failures.md';
const DEPENDENCIES = [
  'Postgres',
  'Redis',
  'JWKS and Supabase',
  'Identity provider',
  'Disk',
  'Clock',
  'Worker',
];
const MODES = ['down', 'slow', 'full', 'wrong answer', 'flapping'];
const COLUMNS = 6;
const IMPOSSIBLE = /^Not possible: \S.{10,}/;

interface Row {
  dependency: string;
  mode: string;
  cells: string[];
}

function rowsOf(text: string): Row[] {
  const rows: Row[] = [];
  let dependency = '';
  for (const line of text.split('\n')) {
    const heading = /^## (.+)$/.exec(line)?.[1];
    if (heading) dependency = heading;
    if (!line.startsWith('| ') || line.startsWith('| How ')) continue;
    const cells = line
      .slice(1, line.lastIndexOf('|'))
      .split('|')
      .map((cell) => cell.trim());
    rows.push({ dependency, mode: cells[0] ?? '', cells });
  }
  return rows;
}

/** Tests that a cell names: `file` "name of the test". */
function proofsOf(cell: string): { file: string; name: string }[] {
  return [...cell.matchAll(/`([^`]+)` "([^"]+)"/g)].map(([, file = '', name = '']) => ({ file, name }));
}

/** The name as the file holds it, in whichever quotes; a template literal may go on after it. */
function holdsTest(text: string, name: string): boolean {
  return [`'${name}'`, `"${name}"`, `\`${name}\``, `\`${name}.`].some((quoted) => text.includes(quoted));
}

function problemsOfRow(root: string, { dependency, mode, cells }: Row): string[] {
  const where = `${DOCUMENT}: ${dependency}, ${mode}`;
  if (cells.length !== COLUMNS || cells.some((cell) => cell === '')) {
    return [`${where} has an empty cell. Say what each process does and what is seen.`];
  }
  const proof = cells.at(-1) ?? '';
  const proofs = proofsOf(proof);
  if (proofs.length === 0 && !IMPOSSIBLE.test(proof)) {
    return [`${where} names no test. Name one as \`file\` "test", or say "Not possible: why".`];
  }
  return proofs.flatMap(({ file, name }) => {
    const path = join(root, file);
    if (!existsSync(path)) return [`${where} names ${file}, which does not exist.`];
    if (holdsTest(readFileSync(path, 'utf8'), name)) return [];
    return [`${where} names the test "${name}", which ${file} does not have.`];
  });
}

/** Every dependency fails in every way in the table, and each cell names a test that exists or says why there is none. */
export function checkFailureTable(root: string): string[] {
  const path = join(root, DOCUMENT);
  if (!existsSync(path)) return [`${DOCUMENT} does not exist.`];
  const rows = rowsOf(readFileSync(path, 'utf8'));
  const missing = DEPENDENCIES.flatMap((dependency) =>
    MODES.filter((mode) => !rows.some((row) => row.dependency === dependency && row.mode === mode)).map(
      (mode) => `${DOCUMENT} has no row for ${dependency}, ${mode}.`,
    ),
  );
  return [...missing, ...rows.flatMap((row) => problemsOfRow(root, row))];
}
