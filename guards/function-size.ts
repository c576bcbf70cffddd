import ts from 'typescript';
import { isTest, listFiles, parse, walk } from './source-files';

export const p90Max = 55;
export const linesMax = 150;

interface Size {
  where: string;
  lines: number;
}

function nameOf(node: ts.SignatureDeclaration): string {
  if (node.name) return node.name.getText();
  const { parent } = node;
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent)
    ? parent.name.getText()
    : 'anonymous';
}

function sizesOf(file: string, source: ts.SourceFile): Size[] {
  const sizes: Size[] = [];
  walk(source, (node) => {
    if (!ts.isFunctionLike(node) || !('body' in node) || !node.body) return;
    const from = source.getLineAndCharacterOfPosition(node.getStart(source)).line;
    const to = source.getLineAndCharacterOfPosition(node.end).line;
    sizes.push({ where: `${file}:${from + 1} ${nameOf(node)}`, lines: to - from + 1 });
  });
  return sizes;
}

/** Sizes of functions, longest first, one-line callbacks left out so that they do not hide long ones. */
export function functionSizes(root: string): Size[] {
  return listFiles(root, ['app', 'components', 'lib', 'db', 'bin'], /[.](tsx?|mjs)$/)
    .filter((file) => !isTest(file))
    .flatMap((file) => sizesOf(file, parse(root, file)))
    .filter(({ lines }) => lines > 1)
    .sort((a, b) => b.lines - a.lines);
}

/** The size bar: p90 of function length and the longest function, in lines. */
export function checkFunctionSize(root: string): string[] {
  const sizes = functionSizes(root);
  const problems = sizes
    .filter(({ lines }) => lines > linesMax)
    .map(({ where, lines }) => `${where} has ${lines} lines; split it (${linesMax} at most).`);
  const p90 = sizes[Math.floor(sizes.length * 0.1)]?.lines ?? 0;
  if (p90 > p90Max) {
    const longest = sizes.slice(0, 5).map(({ where, lines }) => `${where} (${lines})`);
    problems.push(
      `One function in ten has more than ${p90} lines; ${p90Max} at most. Longest: ${longest.join(', ')}.`,
    );
  }
  return problems;
}
