import ts from 'typescript';
import { isTest, lineOf, listFiles, parse, walk } from './source-files';

const scopeModule = '@/db/scope';
const writingScopes = new Set(['inTenant', 'asSystem', 'withKey']);
/** Rooms and files whose answers allow or refuse: nothing in them may come from a replica. */
const deciding =
  /^(lib\/platform\/auth\/(request|credential)\/|lib\/access\/(gate|supabase)\/|lib\/access\/blocks\/is-blocked[.])/;
const isJob = /(^|\/)jobs[.]ts$/;
/** Lists of tenants and members for the screen stand beside the creation of a tenant. */
const shownBesideWrites = new Set(['lib/platform/tenancy/queries.ts']);

function importedScopes(file: ts.SourceFile): Map<string, ts.Node> {
  const names = new Map<string, ts.Node>();
  walk(file, (node) => {
    if (!ts.isImportDeclaration(node) || !ts.isStringLiteral(node.moduleSpecifier)) return;
    if (node.moduleSpecifier.text !== scopeModule) return;
    const named = node.importClause?.namedBindings;
    if (!named || !ts.isNamedImports(named)) return;
    for (const one of named.elements) names.set((one.propertyName ?? one.name).text, one);
  });
  return names;
}

/**
 * DATABASE_URL_RO may be a late replica. What is read in order to write, and what allows or refuses, is read with
 * readDeciding: a blocked address once got its answers from a replica that did not know the block.
 */
export function checkDecidingReads(root: string): string[] {
  const problems: string[] = [];
  for (const file of listFiles(root, ['lib', 'app'], /[.]tsx?$/)) {
    if (isTest(file) || shownBesideWrites.has(file)) continue;
    const scopes = importedScopes(parse(root, file));
    const read = scopes.get('readTenant');
    if (!read) continue;
    const writes = [...scopes.keys()].some((name) => writingScopes.has(name));
    if (!writes && !deciding.test(file) && !isJob.test(file)) continue;
    problems.push(
      `${file}:${lineOf(read)} what decides or writes reads the primary: use readDeciding instead of readTenant, or move what is only shown to queries.ts.`,
    );
  }
  return problems;
}
