import ts from 'typescript';
import { isTest, lineOf, listFiles, parse, walk } from './source-files';

const combiners = new Set(['and', 'or', 'not']);
const writingMethods = new Set(['update', 'delete']);

function startsWithWrite(node: ts.Expression): boolean {
  if (ts.isCallExpression(node)) return startsWithWrite(node.expression);
  if (!ts.isPropertyAccessExpression(node)) return false;
  return writingMethods.has(node.name.text) || startsWithWrite(node.expression);
}

function declarationOf(
  name: string,
  from: ts.Node,
): ts.VariableDeclaration | ts.ParameterDeclaration | undefined {
  let found: ts.VariableDeclaration | ts.ParameterDeclaration | undefined;
  for (let scope: ts.Node | undefined = from.parent; scope && !found; scope = scope.parent) {
    if (!ts.isFunctionLike(scope) && !ts.isSourceFile(scope)) continue;
    walk(scope, (node) => {
      if (!ts.isVariableDeclaration(node) && !ts.isParameter(node)) return;
      if (ts.isIdentifier(node.name) && node.name.text === name) found = node;
    });
  }
  return found;
}

/** Whether the condition, or a part that and() or or() would drop silently, can be undefined. */
function mayVanish(node: ts.Expression, depth = 0): boolean {
  if (ts.isSpreadElement(node)) return true;
  if (ts.isConditionalExpression(node)) {
    return mayVanish(node.whenTrue, depth) || mayVanish(node.whenFalse, depth);
  }
  if (ts.isParenthesizedExpression(node)) return mayVanish(node.expression, depth);
  if (ts.isPropertyAccessExpression(node) && node.questionDotToken) return true;
  if (ts.isBinaryExpression(node)) {
    const { AmpersandAmpersandToken, BarBarToken } = ts.SyntaxKind;
    return node.operatorToken.kind === AmpersandAmpersandToken || node.operatorToken.kind === BarBarToken;
  }
  if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && combiners.has(node.expression.text)) {
    return node.arguments.length === 0 || node.arguments.some((argument) => mayVanish(argument, depth));
  }
  if (!ts.isIdentifier(node)) return false;
  if (node.text === 'undefined') return true;
  const declaration = declarationOf(node.text, node);
  if (!declaration || depth > 3) return false;
  const isOptional = ts.isParameter(declaration) && declaration.questionToken !== undefined;
  const typedOptional = declaration.type !== undefined && /\bundefined\b/.test(declaration.type.getText());
  const { initializer } = declaration;
  return isOptional || typedOptional || (initializer !== undefined && mayVanish(initializer, depth + 1));
}

/**
 * `update(t).where(and(undefined))` and `delete(t).where(undefined)` compile to a statement without a
 * where (drizzle-orm 0.45), so a condition of a write may never be optional.
 */
export function checkConditionalWhere(root: string): string[] {
  const problems: string[] = [];
  for (const file of listFiles(root, ['lib', 'db', 'app'], /[.]tsx?$/)) {
    if (isTest(file)) continue;
    walk(parse(root, file), (node) => {
      if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return;
      if (node.expression.name.text !== 'where' || !startsWithWrite(node.expression.expression)) return;
      const [condition] = node.arguments;
      if (condition && !mayVanish(condition)) return;
      problems.push(
        `${file}:${lineOf(node.expression.name)} this update or delete has a condition that can be undefined, and drizzle then drops it. Write every condition out; decide with an if before the statement.`,
      );
    });
  }
  return problems;
}
