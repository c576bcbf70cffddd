import { dirname, join } from 'node:path/posix';
import ts from 'typescript';
import { isTest, listFiles, parse, walk } from './source-files';

export type FunctionNode =
  | ts.FunctionDeclaration
  | ts.MethodDeclaration
  | ts.ArrowFunction
  | ts.FunctionExpression;

/**
 * A function at the top level of a file, or a method of a class or an object there (`adapter.createUser`);
 * functions nested in it count as part of it.
 */
export interface TopFunction {
  id: string;
  file: string;
  name: string;
  node: FunctionNode;
  /** The statement or member that holds it, with its leading comments. */
  holder: ts.Node;
  exported: boolean;
}

export interface SourceGraph {
  functions: Map<string, TopFunction>;
  /** The function that an identifier means in a file, through its imports, or undefined. */
  resolve(file: string, name: string): TopFunction | undefined;
}

type Named = Pick<TopFunction, 'name' | 'node' | 'holder'>;

function membersOf(owner: string, members: readonly ts.Node[]): Named[] {
  return members.flatMap((member): Named[] => {
    if (ts.isMethodDeclaration(member))
      return [{ name: `${owner}.${member.name.getText()}`, node: member, holder: member }];
    if (!ts.isPropertyAssignment(member) && !ts.isPropertyDeclaration(member)) return [];
    const node = member.initializer && unwrap(member.initializer);
    return node && isFunction(node)
      ? [{ name: `${owner}.${member.name.getText()}`, node, holder: member }]
      : [];
  });
}

function functionsIn(statement: ts.Statement): Named[] {
  if (ts.isFunctionDeclaration(statement)) {
    return [{ name: statement.name?.text ?? 'default', node: statement, holder: statement }];
  }
  if (ts.isClassDeclaration(statement))
    return membersOf(statement.name?.text ?? 'default', statement.members);
  if (!ts.isVariableStatement(statement)) return [];
  return statement.declarationList.declarations.flatMap(({ name, initializer }) => {
    const node = initializer && unwrap(initializer);
    if (!node || !ts.isIdentifier(name)) return [];
    if (ts.isObjectLiteralExpression(node)) return membersOf(name.text, node.properties);
    return isFunction(node) ? [{ name: name.text, node, holder: statement }] : [];
  });
}

/** Names exported by `export { a, b as c }` and `export default a`. */
function exportedLater(statement: ts.Statement): string[] {
  if (ts.isExportAssignment(statement)) {
    return ts.isIdentifier(statement.expression) ? [statement.expression.text] : [];
  }
  const clause = ts.isExportDeclaration(statement) ? statement.exportClause : undefined;
  if (!clause || !ts.isNamedExports(clause)) return [];
  return clause.elements.map((one) => (one.propertyName ?? one.name).text);
}

function hasExportKeyword(statement: ts.Statement): boolean {
  const modifiers = ts.canHaveModifiers(statement) ? ts.getModifiers(statement) : undefined;
  return modifiers?.some((one) => one.kind === ts.SyntaxKind.ExportKeyword) ?? false;
}

function functionsOf(file: string, source: ts.SourceFile): TopFunction[] {
  const later = new Set(source.statements.flatMap(exportedLater));
  return source.statements.flatMap((statement) =>
    functionsIn(statement).map((one) => {
      const exported = hasExportKeyword(statement) || later.has(one.name.replace(/[.].*/, ''));
      return { ...one, id: `${file}#${one.name}`, file, exported };
    }),
  );
}

function isFunction(node: ts.Node): node is ts.ArrowFunction | ts.FunctionExpression {
  return ts.isArrowFunction(node) || ts.isFunctionExpression(node);
}

/** `f` of `memo(f)`, `cache(f)`, `(f)` and `f satisfies T`, so that a wrapped verb is still seen. */
function unwrap(node: ts.Expression): ts.Expression {
  if (ts.isParenthesizedExpression(node) || ts.isSatisfiesExpression(node) || ts.isAsExpression(node)) {
    return unwrap(node.expression);
  }
  if (ts.isCallExpression(node)) return node.arguments.find(isFunction) ?? node;
  return node;
}

function importsOf(file: string, source: ts.SourceFile): Map<string, { from: string; name: string }> {
  const imports = new Map<string, { from: string; name: string }>();
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    const specifier = statement.moduleSpecifier.text;
    const from = specifier.startsWith('@/') ? specifier.slice(2) : join(dirname(file), specifier);
    const bindings = statement.importClause?.namedBindings;
    if (!bindings || !ts.isNamedImports(bindings)) continue;
    for (const one of bindings.elements) {
      imports.set(one.name.text, { from, name: (one.propertyName ?? one.name).text });
    }
  }
  return imports;
}

/** Parses every non-test file of the folders and links top-level functions through their imports. */
export function readGraph(root: string, folders: readonly string[]): SourceGraph {
  const functions = new Map<string, TopFunction>();
  const imports = new Map<string, ReturnType<typeof importsOf>>();
  for (const file of listFiles(root, folders, /[.]tsx?$/)) {
    if (isTest(file)) continue;
    const source = parse(root, file);
    imports.set(file, importsOf(file, source));
    for (const one of functionsOf(file, source)) functions.set(one.id, one);
  }
  const resolve = (file: string, name: string): TopFunction | undefined => {
    const local = functions.get(`${file}#${name}`);
    const imported = imports.get(file)?.get(name);
    if (local || !imported) return local;
    return ['.ts', '.tsx', '/index.ts']
      .map((end) => functions.get(`${imported.from}${end}#${imported.name}`))
      .find((one) => one !== undefined);
  };
  return { functions, resolve };
}

/** Names that `node` calls as `f(…)` (not `a.f(…)`) or hands on as an argument, as in `inTenant(actor, f)`. */
export function calledNames(node: ts.Node): string[] {
  const names: string[] = [];
  walk(node, (one) => {
    if (!ts.isCallExpression(one)) return;
    for (const part of [one.expression, ...one.arguments]) if (ts.isIdentifier(part)) names.push(part.text);
  });
  return names;
}
