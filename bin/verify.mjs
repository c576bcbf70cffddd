import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countsLine } from './lib/test-counts.mjs';
import { localBin, run, seconds } from './lib/test-shell.mjs';
import { runVerify } from './lib/test-verify.mjs';

if (!existsSync(localBin('node'))) {
  console.error('The dependencies are not installed. Run npm start or npm install first.');
  process.exit(1);
}
if (process.argv.includes('--write')) {
  for (const [tool, args] of [
    ['tsx', ['guards/run.ts', '--write']],
    ['biome', ['check', '--write', '.']],
  ]) {
    await run(localBin('node'), [localBin(tool), ...args]);
  }
}
const scratch = mkdtempSync(join(tmpdir(), 'bulwark-verify-'));
const startedAt = performance.now();
const counts = await runVerify(join(scratch, 'unit.json'));
rmSync(scratch, { recursive: true, force: true });
console.log(`${countsLine(counts)} in ${seconds(performance.now() - startedAt)}`);
process.exitCode = counts.failed > 0 ? 1 : 0;
