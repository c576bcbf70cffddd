import { join } from 'node:path';
import { checkVersionFloors } from '../lib/platform/core/version-floors';
import { checkConditionalWhere } from './conditional-where';
import { checkDecidingReads } from './deciding-reads';
import { checkDocPaths } from './doc-paths';
import { checkEnvDocs, writeEnvDocs } from './env-docs';
import { checkFailureTable } from './failure-table';
import { checkFunctionSize } from './function-size';
import { checkJsonSchemas, writeJsonSchemas } from './json-schemas';
import { checkNextAbsences } from './next-absences';
import { checkProxyHeaders, writeProxyHeaders } from './proxy-headers';
import { checkTableOwners } from './table-owners';
import { checkWriteVerbs } from './write-verbs';

const guards: Record<string, (root: string) => string[] | Promise<string[]>> = {
  'write verbs': checkWriteVerbs,
  'conditional where': checkConditionalWhere,
  'deciding reads': checkDecidingReads,
  'table owners': checkTableOwners,
  'function size': checkFunctionSize,
  'version floors': checkVersionFloors,
  'Next absences': checkNextAbsences,
  'paths in documents': checkDocPaths,
  'configuration table': checkEnvDocs,
  'failure table': checkFailureTable,
  'editor schemas': checkJsonSchemas,
  "proxies' headers": checkProxyHeaders,
};

const root = join(import.meta.dirname, '..');
if (process.argv.includes('--write')) {
  await writeEnvDocs(root);
  writeJsonSchemas(root);
  writeProxyHeaders(root);
}

let problems = 0;
for (const [name, check] of Object.entries(guards)) {
  for (const problem of await check(root)) {
    problems += 1;
    console.error(`${name}: ${problem}`);
  }
}
console.log(`${Object.keys(guards).length} guards, ${problems} problem${problems === 1 ? '' : 's'}`);
process.exitCode = problems > 0 ? 1 : 0;
