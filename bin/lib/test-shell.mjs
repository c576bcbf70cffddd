import { spawn } from 'node:child_process';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
export const localBin = (name) => join(root, 'node_modules/.bin', name);

const colourful = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code) => (text) => (colourful ? `\u001b[${code}m${text}\u001b[0m` : text);
export const bold = paint('1');
export const red = paint('31');
export const green = paint('32');

export const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/**
 * Runs a program from the repository's root.
 * @param {string} command
 * @param {string[]} args
 * @param {{ quiet?: boolean, env?: NodeJS.ProcessEnv }} [options] quiet keeps the output instead of showing it
 * @returns {Promise<{ code: number, output: string, tookMs: number }>} code 127 when it could not be started
 */
export function run(command, args, { quiet = false, env = process.env } = {}) {
  const startedAt = performance.now();
  const took = () => performance.now() - startedAt;
  return new Promise((resolve) => {
    const stdio = quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'];
    const child = spawn(command, args, { cwd: root, env, stdio });
    const chunks = [];
    child.stdout?.on('data', (chunk) => chunks.push(chunk));
    child.stderr?.on('data', (chunk) => chunks.push(chunk));
    const output = () => Buffer.concat(chunks).toString('utf8');
    child.once('error', (error) => resolve({ code: 127, output: error.message, tookMs: took() }));
    child.once('close', (code, signal) => {
      const ended = signal ? `\n${command} was ended by ${signal}` : '';
      resolve({ code: code ?? 1, output: output() + ended, tookMs: took() });
    });
  });
}
