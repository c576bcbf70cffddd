import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { listFiles } from './source-files';

const topLevel =
  /^(app|components|db|lib|drizzle|public|e2e|guards|bin|bench|docs|security|deploy|[.]github|[.]ci)(\/|$)/;
const rootFile = /^([\w.-]+[.](md|json|ts|tsx|mjs|cjs|ya?ml)|[.][a-z]+ignore|[.]editorconfig|LICENSE)$/;
const documents = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md'];

interface Citation {
  line: number;
  path: string;
}

/** Paths a document cites: `code` that starts with a folder of ours, and links that stay in the repository. */
export function citedPaths(text: string): Citation[] {
  const found: Citation[] = [];
  let fenced = false;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trimStart().startsWith('```')) fenced = !fenced;
    if (fenced) continue;
    for (const [, code = ''] of line.matchAll(/`([^`]+)`/g)) {
      const path = code.trim();
      if (/\s/.test(path) || !(topLevel.test(path) ? path.includes('/') : rootFile.test(path))) continue;
      found.push({ line: index + 1, path });
    }
    for (const [, target = ''] of line.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (!/^([a-z]+:|#)/.test(target)) found.push({ line: index + 1, path: target.replace(/#.*$/, '') });
    }
  }
  return found;
}

function exists(base: string, path: string): boolean {
  if (existsSync(join(base, path))) return true;
  // A bare name such as contract.ts means a kind of file: one must exist somewhere.
  if (!path.includes('/')) return globSync(`{app,components,db,lib}/**/${path}`, { cwd: base }).length > 0;
  const pattern = path.replaceAll(/<[^>]+>/g, '*').replaceAll(/[()[\]]/g, '?');
  return /[*?{]/.test(pattern) && globSync(pattern, { cwd: base }).length > 0;
}

/** Every path cited in the documents exists; `<name>`, `*` and `{a,b}` must match at least one file. */
export function checkDocPaths(root: string): string[] {
  const problems: string[] = [];
  const notes = listFiles(root, ['docs/decisions'], /[.]md$/);
  for (const document of [...documents.filter((one) => existsSync(join(root, one))), ...notes]) {
    for (const { line, path } of citedPaths(readFileSync(join(root, document), 'utf8'))) {
      if (exists(root, path) || exists(join(root, dirname(document)), path)) continue;
      problems.push(`${document}:${line} cites ${path}, which does not exist. Correct the path.`);
    }
  }
  return problems;
}
