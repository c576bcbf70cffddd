import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { READ_BY_ALL, READ_BY_THE_GATE, TABLE_OWNERS } from '../db/schema/owners';
import { isTest, lineOf, listFiles, parse, walk } from './source-files';
import { sqlUses, type TableUse } from './sql-tables';

export interface Ownership {
  owners: Readonly<Record<string, string>>;
  readByAll: readonly string[];
  readByTheGate: readonly string[];
}

const DECLARED: Ownership = {
  owners: TABLE_OWNERS,
  readByAll: READ_BY_ALL,
  readByTheGate: READ_BY_THE_GATE,
};

const CREATED = /CREATE TABLE (?:IF NOT EXISTS )?"?(?:([a-z]+)"?[.])?"?([a-z][a-z0-9_]*)"?([^;]{0,20})/gi;
const DROPPED = /DROP TABLE (?:IF EXISTS )?"?(?:[a-z]+"?[.])?"?([a-z][a-z0-9_]*)"?/gi;
/** Made by a library's own migration. */
const FOREIGN = new Set(['job']);

const WRITERS = new Set(['insert', 'update', 'delete']);
/** `api_key` by `apiKey`, as the files of db/schema export it. */
function tablesByExport(root: string): { name: string; table: string; file: string; node: ts.Node }[] {
  return listFiles(root, ['db/schema'], /[.]ts$/).flatMap((file) => {
    const found: { name: string; table: string; file: string; node: ts.Node }[] = [];
    walk(parse(root, file), (node) => {
      if (!ts.isVariableDeclaration(node) || !node.initializer || !ts.isCallExpression(node.initializer))
        return;
      const call = node.initializer;
      const [name] = call.arguments;
      if (!/(?:^pgTable|[.]table)$/.test(call.expression.getText())) return;
      if (name && ts.isStringLiteral(name))
        found.push({ name: node.name.getText(), table: name.text, file, node });
    });
    return found;
  });
}

/** `lib/access/api-keys/read/usage.ts` is of `access/api-keys`, a file of `lib/processes` of none. */
function roomOf(file: string): string {
  if (/^db\/gate-[\w-]+[.]ts$/.test(file)) return 'db/gate';
  return /^lib\/([\w-]+\/[\w-]+)\//.exec(file)?.[1] ?? file;
}

/** Tables that a file takes from db/schema, and those of them that it writes through drizzle. */
function importedUses(source: ts.SourceFile, byExport: ReadonlyMap<string, string>): TableUse[] {
  const local = new Map<string, { table: string; node: ts.Node }>();
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    if (!/(?:^|\/)(?:db\/)?schema\//.test(statement.moduleSpecifier.text)) continue;
    const bindings = statement.importClause?.namedBindings;
    if (bindings && ts.isNamespaceImport(bindings))
      return [...byExport.values()].map((table) => ({ table, isWrite: true, node: statement }));
    for (const one of bindings && ts.isNamedImports(bindings) ? bindings.elements : []) {
      const table = byExport.get((one.propertyName ?? one.name).text);
      if (table) local.set(one.name.text, { table, node: one });
    }
  }
  const written = new Set<string>();
  walk(source, (node) => {
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
    const [first] = node.arguments;
    if (!WRITERS.has(node.expression.name.text) || !first || !ts.isIdentifier(first)) return;
    if (local.has(first.text)) written.add(first.text);
  });
  return [...local].map(([name, { table, node }]) => ({ table, isWrite: written.has(name), node }));
}

/** Tables that migrations make outside db/schema; partitions and what a function makes have no name here. */
function migratedTables(root: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of listFiles(root, ['drizzle'], /[.]sql$/)) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, schema = '', table = '', rest = ''] of text.matchAll(CREATED))
      if (schema !== 'pgboss' && !/^[.]|^\s*PARTITION\b/i.test(rest)) found.set(table, file);
    for (const [, table = ''] of text.matchAll(DROPPED)) found.delete(table);
  }
  return found;
}

function undeclared(root: string, { owners }: Ownership): string[] {
  const named = new Map(
    tablesByExport(root).map(({ table, file, node }) => [table, `${file}:${lineOf(node)}`]),
  );
  const made = new Map([...migratedTables(root), ...named]);
  const problems = [...made].flatMap(([table, place]) =>
    table in owners ? [] : [`${place} "${table}" has no owner. Name its room in db/schema/owners.ts.`],
  );
  for (const [table, owner] of Object.entries(owners)) {
    if (!existsSync(join(root, 'lib', owner)))
      problems.push(`db/schema/owners.ts "${table}" belongs to ${owner}, which is no room of lib/.`);
    if (!made.has(table) && !FOREIGN.has(table))
      problems.push(`db/schema/owners.ts "${table}" is no table any more. Remove it.`);
  }
  return problems;
}

function problemOf(file: string, { table, isWrite, node }: TableUse, ownership: Ownership): string | null {
  const { owners, readByAll, readByTheGate } = ownership;
  const owner = owners[table];
  const room = roomOf(file);
  if (owner === room) return null;
  if (!isWrite && readByAll.includes(table)) return null;
  if (room === 'db/gate' && readByTheGate.includes(table)) return null;
  const ask = isWrite ? `call a verb of lib/${owner}` : `ask lib/${owner}/facts.ts`;
  return `${file}:${lineOf(node)} ${isWrite ? 'writes' : 'reads'} "${table}", which belongs to ${owner}: ${ask}, or name an interface in contract.ts where that room stands above.`;
}

/** Each table is read and written by the room that owns it (db/schema/owners.ts), whatever the SQL looks like. */
export function checkTableOwners(root: string, ownership: Ownership = DECLARED): string[] {
  const tables = new Set(Object.keys(ownership.owners));
  const byExport = new Map(tablesByExport(root).map(({ name, table }) => [name, table]));
  const problems = undeclared(root, ownership);
  for (const file of listFiles(root, ['lib', 'app', 'db'], /[.]tsx?$/)) {
    if (isTest(file) || file.startsWith('db/schema/')) continue;
    const source = parse(root, file);
    for (const use of [...importedUses(source, byExport), ...sqlUses(source, tables)]) {
      const problem = problemOf(file, use, ownership);
      if (problem && !problems.includes(problem)) problems.push(problem);
    }
  }
  return problems;
}
