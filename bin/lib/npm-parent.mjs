import { execFileSync } from 'node:child_process';
import { commandLineOf, isAlive } from './process-facts.mjs';

const CHECK_EVERY_MS = 500;
const SCRIPT_SHELL = /^(\S*\/)?(sh|dash|bash|zsh|ash) -c /;

function parentOf(pid) {
  try {
    return Number(execFileSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }).trim());
  } catch {
    return null;
  }
}

/**
 * Calls `onGone` once the npm that runs this script has ended: npm tells its shell to stop, and neither of them tells
 * the script. Does nothing where no npm runs it.
 */
export function whenNpmIsGone(onGone) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const npm = SCRIPT_SHELL.test(commandLineOf(parent)) ? parentOf(parent) : parent;
  const timer = setInterval(() => {
    if (process.ppid === parent && (npm === null || isAlive(npm))) return;
    clearInterval(timer);
    onGone();
  }, CHECK_EVERY_MS);
  timer.unref();
}
