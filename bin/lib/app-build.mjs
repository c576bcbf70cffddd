import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { ROOT, refuseFullDisk, runScript } from './dependencies.mjs';
import { explainFileError, StartError } from './start-error.mjs';

const BUILD_NEEDS_MB = 1_000;
const ENTRIES = ['gate', 'worker', 'migrate', 'cli', 'local-idp', 'verify-thread'];
const STAMP = join(ROOT, '.build/stamp');
const STANDALONE = join(ROOT, '.next/standalone');

const SOURCES = [
  '{app,components,db,lib,public}/**/*',
  '*.{ts,mjs,cjs}',
  'package-lock.json',
  'tsconfig.json',
  'bin/lib/app-build.mjs',
];
// next-env.d.ts is written by the build itself; the others only configure tests and migrations.
const NOT_SOURCES =
  /\.test\.tsx?$|^db\/test\/|^test-setup|^next-env\.d\.ts$|^(vitest|playwright|drizzle)\.config\.ts$/;

/**
 * Packages that become part of the bundles. Node reads the exports of drizzle-orm, 180 kB, for every file that it imports,
 * which cost each process 200 MB and half a second.
 */
const BUNDLED = { 'drizzle-orm': join(ROOT, 'node_modules/drizzle-orm') };

/** A digest of everything the build depends on. */
function sourceDigest() {
  const hash = createHash('sha256').update(process.versions.node);
  const files = globSync(SOURCES, { cwd: ROOT, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1))
    .filter((path) => !NOT_SOURCES.test(path))
    .sort();
  for (const path of files) hash.update(`${path}\0`).update(readFileSync(join(ROOT, path)));
  return hash.digest('hex');
}

export const bundlePath = (name) => join(ROOT, '.build', `${name}.mjs`);
export const webServerPath = join(STANDALONE, 'server.js');

/** A file of ours that is not there looks like a package to esbuild, and would be missed when the process starts. */
function requireOwnFiles({ outputs }) {
  const imports = Object.values(outputs).flatMap((output) => output.imports);
  const lost = imports.find(({ path, external }) => external && path.startsWith('@/'));
  if (lost)
    throw new StartError(
      `The build needs ${lost.path.slice(2)}, which is missing.`,
      'Restore the file, then start again.',
    );
}

async function bundle(entryPoints) {
  const { build, stop } = await import('esbuild');
  try {
    const { outputFiles, metafile } = await build({
      write: false,
      metafile: true,
      absWorkingDir: ROOT,
      entryPoints,
      outdir: '.build',
      outExtension: { '.js': '.mjs' },
      bundle: true,
      packages: 'external',
      alias: BUNDLED,
      platform: 'node',
      format: 'esm',
      target: 'node24',
      sourcemap: true,
      logLevel: 'silent',
      tsconfig: 'tsconfig.json',
    });
    requireOwnFiles(metafile);
    mkdirSync(join(ROOT, '.build'), { recursive: true });
    for (const { path, contents } of outputFiles) writeFileSync(path, contents);
  } catch (error) {
    if (!Array.isArray(error.errors)) throw explainFileError(error, join(ROOT, '.build'));
    const details = error.errors
      .map(({ text, location }) => `${location?.file}:${location?.line}: ${text}`)
      .join('\n');
    throw new StartError(
      'The processes could not be bundled.',
      'Fix the files listed below, then start again.',
      { details },
    );
  } finally {
    await stop();
  }
}

/** The reader of the configuration, so that the launcher judges the environment exactly as the app does. */
export async function loadEnvModule() {
  await bundle({ env: 'lib/platform/core/env/env.ts' });
  return import(bundlePath('env'));
}

async function buildWeb() {
  const output = await runScript(join(ROOT, 'node_modules/next/dist/bin/next'), ['build'], {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      BULWARK_PROCESS: 'build',
      NEXT_TELEMETRY_DISABLED: '1',
      NO_COLOR: '1',
      FORCE_COLOR: '0',
    },
    failure: 'The console could not be built.',
    remedy: 'The lines below say why.',
  });
  if (!existsSync(webServerPath)) {
    throw new StartError(
      'The build of the console ended early.',
      'Start again; the lines below are its output.',
      {
        details: output,
      },
    );
  }
  cpSync(join(ROOT, '.next/static'), join(STANDALONE, '.next/static'), { recursive: true });
  if (existsSync(join(ROOT, 'public')))
    cpSync(join(ROOT, 'public'), join(STANDALONE, 'public'), { recursive: true });
  linkIntoStandalone('drizzle');
  linkIntoStandalone('security');
}

/** The standalone server changes into its own folder; what it reads at run time must be there too. */
function linkIntoStandalone(name) {
  const target = join(STANDALONE, name);
  rmSync(target, { recursive: true, force: true });
  if (existsSync(join(ROOT, name))) symlinkSync(join('../..', name), target, 'dir');
}

export async function bundleProcesses() {
  const entries = ENTRIES.filter((name) => existsSync(join(ROOT, 'lib/processes', `${name}.ts`)));
  await bundle(Object.fromEntries(entries.map((name) => [name, `lib/processes/${name}.ts`])));
}

function isStale(digest) {
  try {
    return readFileSync(STAMP, 'utf8') !== digest || !existsSync(webServerPath);
  } catch {
    return true;
  }
}

/**
 * Builds the console and the processes unless that was done from exactly these sources.
 * @returns {Promise<boolean>} true when it built
 */
export async function ensureBuilt() {
  const digest = sourceDigest();
  if (!isStale(digest)) return false;
  refuseFullDisk(ROOT, BUILD_NEEDS_MB);
  try {
    rmSync(STAMP, { force: true });
    await bundleProcesses();
    await buildWeb();
    writeFileSync(STAMP, digest);
  } catch (error) {
    throw explainFileError(error, ROOT);
  }
  return true;
}

/** True when ensureBuilt() would have work to do. */
export const needsBuild = () => isStale(sourceDigest());

/** Bundles only the command line, for `bulwark` in a checkout that was never started. */
export async function ensureCliBundled() {
  if (existsSync(bundlePath('cli')) && !needsBuild()) return;
  await bundle({ cli: 'lib/processes/cli.ts', 'verify-thread': 'lib/processes/verify-thread.ts' });
}
