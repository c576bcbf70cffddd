import { explainFileError, StartError } from './start-error.mjs';

const STILL_WORKING_MS = 10_000;
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** One line of progress. */
export function say(text) {
  process.stdout.write(`${text}\n`);
}

/**
 * Runs a step of the start and says how long it took; long steps say that they are still at it.
 * `work` may return { note } to add to the line, or { quiet: true } when nothing had to be done.
 */
export async function step(name, work, { announce = false } = {}) {
  const began = Date.now();
  if (announce) say(`  … ${name}`);
  const timer = setInterval(
    () => say(`  … ${name}, ${Math.round((Date.now() - began) / 1000)} s`),
    STILL_WORKING_MS,
  );
  try {
    const result = await work();
    if (!result?.quiet) say(`  ✓ ${name}${result?.note ? `, ${result.note}` : ''} (${seconds(began)})`);
    return result;
  } finally {
    clearInterval(timer);
  }
}

/** Says what went wrong and what to do; the stack only for errors nobody foresaw. */
export function reportFailure(cause) {
  const error = explainFileError(cause, cause?.path ?? 'the database');
  if (error?.name === 'EnvError') {
    process.stderr.write(`\n${error.message}\n`);
    return;
  }
  if (!(error instanceof StartError)) {
    process.stderr.write(
      `\nBulwark could not start because of an unexpected error.\n${error?.stack ?? error}\n`,
    );
    return;
  }
  process.stderr.write(`\n${error.message}\n${error.remedy}\n`);
  if (error.details?.trim()) process.stderr.write(`\n${error.details.trimEnd().replace(/^/gm, '    ')}\n`);
}
