import { closeSync, existsSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { writePrivately } from './local-state.mjs';
import { birthOf, endProcess, isAlive } from './process-facts.mjs';
import { explainFileError, StartError } from './start-error.mjs';

/**
 * launcher.json says who runs this data folder: the launcher and every process it started, each with
 * the time it began, so that a reused process id is never mistaken for ours.
 */
const recordPath = (folder) => join(folder, 'launcher.json');

function readRecord(folder) {
  try {
    return JSON.parse(readFileSync(recordPath(folder), 'utf8'));
  } catch {
    return null;
  }
}

const isStill = ({ pid, birth }) => isAlive(pid) && birth !== '' && birthOf(pid) === birth;

function createRecord(folder) {
  const file = openSync(recordPath(folder), 'wx', 0o600);
  writeSync(file, JSON.stringify({ launcher: self(), children: [] }));
  closeSync(file);
}

const self = () => ({ pid: process.pid, birth: birthOf(process.pid) });

/**
 * Takes the data folder for this launcher; ends what a killed earlier start left running.
 * @returns {Promise<string[]>} the names of the processes that were ended
 */
export async function takeOver(folder) {
  const previous = readRecord(folder);
  if (previous && isStill(previous.launcher) && previous.launcher.pid !== process.pid) {
    throw new StartError(
      `Bulwark already runs from this folder (process ${previous.launcher.pid}).`,
      `Open the console it printed, or stop it with: kill ${previous.launcher.pid}`,
    );
  }
  const orphans = (previous?.children ?? []).filter(isStill);
  await Promise.all(orphans.map(({ pid }) => endProcess(pid)));
  rmSync(recordPath(folder), { force: true });
  try {
    createRecord(folder);
  } catch (error) {
    if (error.code !== 'EEXIST') throw explainFileError(error, recordPath(folder));
    throw new StartError(
      'Another start of Bulwark from this folder is under way.',
      'Wait for it, or stop it first.',
    );
  }
  return orphans.map(({ name }) => name);
}

/** Notes the processes that run now, for the start after a kill. @param {{ name: string, pid: number }[]} children */
export function noteChildren(folder, children) {
  const known = children.map(({ name, pid }) => ({ name, pid, birth: birthOf(pid) }));
  writePrivately(recordPath(folder), JSON.stringify({ launcher: self(), children: known }));
}

export function release(folder) {
  if (existsSync(recordPath(folder)) && readRecord(folder)?.launcher.pid === process.pid)
    rmSync(recordPath(folder));
}
