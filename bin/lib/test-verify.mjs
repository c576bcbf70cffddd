import { addCounts, vitestCounts } from './test-counts.mjs';
import { green, localBin, red, run, seconds } from './test-shell.mjs';

const node = localBin('node');
const layers = ['app', 'components', 'lib', 'db'];

/** The longest first, so that two cores finish together. */
const checks = (reportPath) => [
  {
    name: 'unit tests',
    args: [
      localBin('vitest'),
      'run',
      '--project',
      'unit',
      '--reporter=dot',
      '--reporter=json',
      `--outputFile.json=${reportPath}`,
    ],
    count: (code) => vitestCounts(reportPath, code),
  },
  { name: 'types', before: () => writeNextTypes(), args: [localBin('tsc'), '--noEmit', '-p', '.'] },
  { name: 'import rules', args: [localBin('depcruise'), '--config', '.dependency-cruiser.cjs', ...layers] },
  { name: 'unused code', args: [localBin('knip'), '--no-progress'] },
  { name: 'style', args: [localBin('biome'), 'check', '--error-on-warnings', '--max-diagnostics=200', '.'] },
  { name: 'guards', args: [localBin('tsx'), 'guards/run.ts'] },
];

/** The types of routes are Next's own and not in git; old ones would name pages that are gone. */
const writeNextTypes = () => run(node, [localBin('next'), 'typegen'], { quiet: true });

async function runCheck(check) {
  const before = await check.before?.();
  const result = before && before.code !== 0 ? before : await run(node, check.args, { quiet: true });
  const { code, output } = result;
  const tookMs = result.tookMs + (before && before !== result ? before.tookMs : 0);
  const mark = code === 0 ? green('ok    ') : red('failed');
  console.log(`  ${mark} ${check.name.padEnd(14)} ${seconds(tookMs)}`);
  if (code !== 0) console.log(output.trimEnd().replaceAll(/^/gm, '    '));
  return check.count?.(code) ?? { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
}

/**
 * Everything that needs no database, two checks at a time; each static check counts as one test.
 * @param {string} reportPath where vitest writes its JSON report
 */
export async function runVerify(reportPath) {
  const waiting = checks(reportPath);
  const counts = [];
  const worker = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) counts.push(await runCheck(check));
  };
  await Promise.all([worker(), worker()]);
  return addCounts(counts);
}
