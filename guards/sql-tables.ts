import ts from 'typescript';
import { walk } from './source-files';

/** A table as a statement names it. */
export interface TableUse {
  table: string;
  isWrite: boolean;
  node: ts.Node;
}

/** Stands in a statement's text for what is put in there, so that words on both sides stay apart. */
const HOLE = '§';
const TOKEN = /'(?:[^']|'')*'|--[^\n]*|"[^"]*"|[A-Za-z_][A-Za-z0-9_$]*|§|[^\sA-Za-z_]/g;
/** Prose has the same words; a statement has them where a line begins, or behind what is put in. */
const SQL_TEXT =
  /(?:^|§|[(])\s*(?:select|insert\s+into|update|delete\s+from|copy|merge\s+into|truncate|with)\b/im;
const BEFORE_TABLE = new Set([
  'from',
  'join',
  'into',
  'update',
  'using',
  'table',
  'only',
  'truncate',
  'copy',
]);
const WRITES = new Set(['into', 'update', 'truncate', 'merge']);

function tokensOf(text: string): string[] {
  return (text.match(TOKEN) ?? [])
    .filter((token) => !token.startsWith("'") && !token.startsWith('--'))
    .map((token) => token.replaceAll('"', '').toLowerCase());
}

/** Names that a `with` of the same text gives to its parts. */
function partsOf(tokens: readonly string[]): Set<string> {
  const parts = new Set<string>();
  tokens.forEach((token, i) => {
    const before = tokens[i - 1];
    const isNamed = before === 'with' || before === 'recursive' || before === ',' || before === ')';
    const rest = tokens.slice(i + 1, i + 3);
    const isPart = rest[0] === 'as' && (rest[1] === '(' || rest[1] === 'materialized' || rest[1] === 'not');
    const listsColumns = rest[0] === '(' && isColumnListBeforeAs(tokens, i + 1);
    if (isNamed && (isPart || listsColumns)) parts.add(token);
  });
  return parts;
}

function isColumnListBeforeAs(tokens: readonly string[], from: number): boolean {
  const end = tokens.indexOf(')', from);
  return (
    end > from && tokens[end + 1] === 'as' && (tokens[end + 2] === '(' || tokens[end + 2] === 'materialized')
  );
}

/** Whether the comma at `i` is one between tables of a from clause, at its own depth. */
function isInFrom(tokens: readonly string[], i: number): boolean {
  let depth = 0;
  for (let at = i - 1; at >= 0; at--) {
    const token = tokens[at] ?? '';
    if (token === ')') depth += 1;
    else if (token === '(') depth -= 1;
    if (depth < 0) return false;
    if (depth > 0) continue;
    if (token === 'from' || token === 'using') return true;
    if (/^(?:select|where|on|order|group|having|set|values|returning|with|limit|as)$/.test(token))
      return false;
  }
  return false;
}

function stripSchema(tokens: readonly string[], i: number): { before: string; at: number } {
  const isQualified = tokens[i - 1] === '.' && i >= 2;
  const at = isQualified ? i - 2 : i;
  const before = tokens[at - 1] === 'only' ? tokens[at - 2] : tokens[at - 1];
  return { before: before ?? '', at };
}

const SCHEMAS = new Set(['public', 'identity', 'pgboss', HOLE]);

/** The known tables that the text of a statement, or of a part of one, names as tables. */
export function tablesInSql(
  text: string,
  tables: ReadonlySet<string>,
): { table: string; isWrite: boolean }[] {
  const tokens = tokensOf(text);
  const parts = partsOf(tokens);
  const found: { table: string; isWrite: boolean }[] = [];
  tokens.forEach((token, i) => {
    if (!tables.has(token)) return;
    const { before, at } = stripSchema(tokens, i);
    const isQualified = at !== i;
    if (isQualified && !SCHEMAS.has(tokens[at] ?? '')) return;
    if (!isQualified && parts.has(token)) return;
    const isColumnOf = tokens[i + 1] === '.' && before !== '.' && !isAlias(tokens, token);
    const isTable =
      BEFORE_TABLE.has(before) ||
      (before === ',' && isInFrom(tokens, at)) ||
      // A part of a statement that begins with a table: what stands around it says the rest.
      (at === 0 && tokens[i + 1] !== '.' && tokens[i + 1] !== '(') ||
      isColumnOf;
    if (!isTable) return;
    const isDelete = before === 'from' && tokens[at - 2] === 'delete';
    found.push({ table: token, isWrite: WRITES.has(before) || isDelete });
  });
  return found;
}

/** Whether the text gives this name to something else: `from x session`, `from x as session`. */
function isAlias(tokens: readonly string[], name: string): boolean {
  return tokens.some((token, i) => {
    if (token !== name || tokens[i + 1] === '.') return false;
    const before = tokens[i - 1] ?? '';
    if (before === 'as' || before === ')') return true;
    return (
      /^[a-z_][a-z0-9_]*$/.test(before) && !BEFORE_TABLE.has(before) && BEFORE_TABLE.has(tokens[i - 2] ?? '')
    );
  });
}

function textOfTemplate(node: ts.TemplateLiteral): string {
  if (ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  return node.head.text + node.templateSpans.map(({ literal }) => HOLE + literal.text).join('');
}

const isSqlTag = (tag: ts.Node): boolean =>
  /(?:^|[.])(?:sql|tx|admin)$/.test(tag.getText().replace(/<.*$/s, ''));

/** The text that a node may hold SQL in, and whether it is nothing else; null of any other node. */
function textOf(node: ts.Node): { text: string; isSql: boolean } | null {
  if (ts.isTaggedTemplateExpression(node))
    return isSqlTag(node.tag) ? { text: textOfTemplate(node.template), isSql: true } : null;
  if (ts.isCallExpression(node)) {
    const [first] = node.arguments;
    const isRaw = /[.](?:raw|identifier|unsafe)$/.test(node.expression.getText());
    return isRaw && first && ts.isStringLiteralLike(first) ? { text: first.text, isSql: true } : null;
  }
  if (ts.isTaggedTemplateExpression(node.parent)) return null;
  if (ts.isTemplateExpression(node)) return { text: textOfTemplate(node), isSql: false };
  return ts.isStringLiteralLike(node) ? { text: node.text, isSql: false } : null;
}

/** Every table that the SQL text of a file names, whoever runs it. */
export function sqlUses(source: ts.SourceFile, tables: ReadonlySet<string>): TableUse[] {
  const uses: TableUse[] = [];
  walk(source, (node) => {
    const found = node === source ? null : textOf(node);
    if (!found) return;
    const { text, isSql } = found;
    if (!isSql && !(SQL_TEXT.test(text) && /\b(?:from|into|set)\b/i.test(text))) return;
    for (const use of tablesInSql(text, tables)) uses.push({ ...use, node });
  });
  return uses;
}
