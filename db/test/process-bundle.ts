import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const ROOT = process.cwd();
const FOLDER = join(ROOT, '.build/test');
const STALE_MS = 24 * 3_600_000;

const made = new Map<string, Promise<string>>();

async function bundle(name: string): Promise<string> {
  const { outputFiles } = await build({
    write: false,
    absWorkingDir: ROOT,
    entryPoints: [`lib/processes/${name}.ts`],
    bundle: true,
    packages: 'external',
    alias: { 'drizzle-orm': join(ROOT, 'node_modules/drizzle-orm') },
    platform: 'node',
    format: 'esm',
    target: 'node24',
    logLevel: 'silent',
    tsconfig: 'tsconfig.json',
  });
  const [output] = outputFiles;
  if (!output) throw new Error(`esbuild made nothing of ${name}.`);
  const path = join(FOLDER, `${name}-${createHash('sha256').update(output.contents).digest('hex')}.mjs`);
  if (existsSync(path)) return path;
  mkdirSync(FOLDER, { recursive: true });
  for (const entry of readdirSync(FOLDER)) {
    const old = join(FOLDER, entry);
    const { mtimeMs } = statSync(old, { throwIfNoEntry: false }) ?? { mtimeMs: Number.POSITIVE_INFINITY };
    if (Date.now() - mtimeMs > STALE_MS) rmSync(old, { force: true });
  }
  // Two test files may do this at the same time: neither may start what the other has half written.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, output.contents);
  renameSync(draft, path);
  return path;
}

/**
 * One of lib/processes as a file that Node starts in a third of the time that tsx needs for the sources, for tests that
 * start and kill it often.
 */
export function processBundle(name: 'gate' | 'worker'): Promise<string> {
  const known = made.get(name) ?? bundle(name);
  made.set(name, known);
  return known;
}
