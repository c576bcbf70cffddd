import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { lineOf, listFiles, parse, walk } from './source-files';

const directives = new Map([
  ['use server', 'Server Actions are left out: write a route in app/api/v1 that calls a verb'],
  ['use cache', 'cache components are left out: call the query'],
]);

function directiveProblems(root: string, file: string): string[] {
  const problems: string[] = [];
  walk(parse(root, file), (node) => {
    if (!ts.isExpressionStatement(node) || !ts.isStringLiteral(node.expression)) return;
    const text = node.expression.text.replace(/^use cache:.*/, 'use cache');
    const why = directives.get(text);
    if (why) problems.push(`${file}:${lineOf(node)} has '${node.expression.text}'; ${why}.`);
  });
  return problems;
}

const refusedOptions = [
  { name: 'rewrites', why: 'a rewrite to a variable host is a proxy for anyone' },
  { name: 'i18n', why: 'locale routing has bypassed access checks' },
  { name: 'cacheComponents', why: 'nothing a user sees may come from a shared cache' },
  { name: 'ppr', why: 'partial prerendering answers before the access check' },
  { name: 'cacheHandlers', why: 'nothing a user sees may come from a shared cache' },
  { name: 'serverActions', why: 'Server Actions are left out' },
];

function configProblems(root: string): string[] {
  const file = 'next.config.ts';
  if (!existsSync(join(root, file))) return [`${file} is missing.`];
  const problems: string[] = [];
  let unoptimized = false;
  walk(parse(root, file), (node) => {
    if (!ts.isObjectLiteralElementLike(node) || !node.name) return;
    const name = node.name.getText().replaceAll(/['"]/g, '');
    const refused = refusedOptions.find((one) => one.name === name);
    if (refused) problems.push(`${file}:${lineOf(node)} sets ${name}; ${refused.why}. Remove it.`);
    if (name !== 'unoptimized' || !ts.isPropertyAssignment(node)) return;
    unoptimized = node.initializer.kind === ts.SyntaxKind.TrueKeyword;
  });
  if (!unoptimized)
    problems.push(`${file} must set images: { unoptimized: true }, so that /_next/image is off.`);
  return problems;
}

const decisionWords =
  /\b(401|403|getToken|getSession|getServerSession|currentActor|requireActor|requirePermission)\b/;

function proxyProblems(root: string): string[] {
  const problems: string[] = [];
  for (const file of ['middleware.ts', 'middleware.js']) {
    if (existsSync(join(root, file))) problems.push(`${file} must not exist; headers are set in proxy.ts.`);
  }
  if (!existsSync(join(root, 'proxy.ts'))) return problems;
  const source = parse(root, 'proxy.ts');
  walk(source, (node) => {
    const inside = ts.isIdentifier(node) || ts.isNumericLiteral(node) ? node.getText() : '';
    if (
      ts.isImportDeclaration(node) &&
      /@\/(db|lib\/(?!platform\/core\/))/.test(node.moduleSpecifier.getText())
    ) {
      problems.push(
        `proxy.ts:${lineOf(node)} imports ${node.moduleSpecifier.getText()}; it only sets headers.`,
      );
    }
    if (decisionWords.test(inside) || inside === 'cookies' || inside === 'redirect') {
      problems.push(
        `proxy.ts:${lineOf(node)} uses ${inside}; decide access in the page or the route, never here.`,
      );
    }
  });
  return problems;
}

function serverProblems(root: string): string[] {
  const problems: string[] = [];
  for (const file of listFiles(root, ['lib', 'bin', 'app'], /[.](tsx?|m?js)$/)) {
    const text = readFileSync(join(root, file), 'utf8');
    if (/\bfrom 'next'/.test(text) && /\bnext\(\{/.test(text)) {
      problems.push(`${file} starts a custom Next server; use the built one.`);
    }
  }
  if (existsSync(join(root, 'pages'))) problems.push('pages/ must not exist; the Pages router is left out.');
  return problems;
}

/** What Bulwark leaves out of Next.js, because each had advisories (reference: OWASP ASVS 15.2.3). */
export function checkNextAbsences(root: string): string[] {
  const files = [...listFiles(root, ['app', 'components', 'lib'], /[.]tsx?$/)];
  return [
    ...files.flatMap((file) => directiveProblems(root, file)),
    ...configProblems(root),
    ...proxyProblems(root),
    ...serverProblems(root),
  ];
}
