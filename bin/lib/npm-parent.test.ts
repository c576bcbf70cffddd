import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { endProcess, isAlive } from './process-facts.mjs';

const SCRIPT = `
  const { whenNpmIsGone } = await import(${JSON.stringify(new URL('./npm-parent.mjs', import.meta.url).href)});
  whenNpmIsGone(() => process.exit());
  console.log(process.pid);
  setInterval(() => {}, 1000);`;

/** What `npm start` is: a process that runs a shell that runs the script. */
const NPM = `
  const { spawn } = require('node:child_process');
  const shell = spawn('sh', ['-c', process.argv[1]], { stdio: 'inherit' });
  shell.on('exit', () => process.exit());`;

async function runUnderNpm(command: string, env: Record<string, string> = { npm_lifecycle_event: 'start' }) {
  const npm = spawn(process.execPath, ['-e', NPM, command], {
    env: { ...process.env, npm_lifecycle_event: undefined, ...env, NODE: process.execPath, SCRIPT },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(npm.stdout, 'data');
  return { npm, script: Number(String(line).trim()) };
}

async function isGoneWithin(pid: number, ms: number): Promise<boolean> {
  for (const end = Date.now() + ms; Date.now() < end; await new Promise((done) => setTimeout(done, 50))) {
    if (!isAlive(pid)) return true;
  }
  return false;
}

const COMMANDS = {
  'as its shell’s child': '"$NODE" --input-type=module -e "$SCRIPT"; exit $?',
  'in its shell’s place': 'exec "$NODE" --input-type=module -e "$SCRIPT"',
};

describe.skipIf(process.platform === 'win32')('a script that npm runs', () => {
  for (const [place, command] of Object.entries(COMMANDS)) {
    it(`ends when npm is killed (${place})`, async () => {
      const { npm, script } = await runUnderNpm(command);
      expect(isAlive(script)).toBe(true);
      npm.kill('SIGKILL');
      expect(await isGoneWithin(script, 5_000)).toBe(true);
    });
  }

  it('goes on where no npm runs it', async () => {
    const { npm, script } = await runUnderNpm(COMMANDS['as its shell’s child'], {});
    npm.kill('SIGKILL');
    expect(await isGoneWithin(script, 1_500)).toBe(false);
    await endProcess(script);
  });
});
