import { constants, createWriteStream } from 'node:fs';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SCANNER_FACTS, type TargetDto } from '@/lib/assurance/scanners/contract';
import { versionIn } from '@/lib/assurance/scanners/rules';
import {
  commandOf,
  containerEngine,
  engineVariables,
  requireGit,
  SEARCH_PATH,
} from '@/lib/assurance/scanners/sandbox/binary';
import { allowedPath, copyTree } from '@/lib/assurance/scanners/sandbox/copy-tree';
import {
  DEFINITIONS,
  type ScannerDefinition,
  type Workplace,
} from '@/lib/assurance/scanners/sandbox/definitions';
import { cloneArgs, gitVariables, pinnedHost } from '@/lib/assurance/scanners/sandbox/git-clone';
import { MARKER, OWNER, thisProcess } from '@/lib/assurance/scanners/sandbox/processes';
import {
  type CommandResult,
  runCommand,
  type StopReason,
} from '@/lib/assurance/scanners/sandbox/run-command';
import { contained, isolation, sandboxed } from '@/lib/assurance/scanners/sandbox/sandbox';
import { giveTo, makeScratch, removeScratch, runUser } from '@/lib/assurance/scanners/sandbox/scratch';
import type { ScannerEnv } from '@/lib/platform/core/env/env-scanners';
import { type OutboundAllow, OutboundRefused } from '@/lib/platform/core/outbound/outbound-address';
import { ScanProblem } from './scan-problem';

export interface ScanRequest {
  runId: string;
  target: Pick<TargetDto, 'scanner' | 'kind' | 'location' | 'branch'>;
  settings: ScannerEnv;
  allow: OutboundAllow;
  /** A line of Bulwark or of the scanner; not yet redacted. */
  onLine: (source: 'bulwark' | 'scanner', line: string) => void;
  signal: AbortSignal;
}

export interface FinishedScan {
  report: AsyncIterable<Uint8Array>;
  exitCode: number | null;
  version: string | null;
}

function stopProblem(reason: StopReason, { limits }: ScannerEnv): ScanProblem {
  const mb = (bytes: number) => `${Math.round(bytes / 1024 / 1024)} MB`;
  const sentences: Record<StopReason, string> = {
    timeout: `It took longer than ${limits.wallMs / 1000} seconds and was stopped. Reduce the scope of the scan, or raise SCAN_TIMEOUT_SECONDS.`,
    memory: `It used more than ${mb(limits.memoryBytes)} of memory and was stopped. To allow more, raise SCAN_MEMORY_MB.`,
    processes: `It started more than ${limits.processes} processes and was stopped. Raise SCAN_PROCESSES if it may.`,
    disk: `It wrote more than ${mb(limits.diskBytes)} and was stopped. Raise SCAN_DISK_MB if it may.`,
    output: `It printed more than ${mb(limits.outputBytes)} and was stopped.`,
    cancelled: 'It was stopped before it ended.',
  };
  const status = reason === 'timeout' ? 'timed_out' : reason === 'cancelled' ? 'cancelled' : 'failed';
  return new ScanProblem(sentences[reason], status);
}

/** One run's place, commands and limits; everything of it is gone after `close`. */
class Scan {
  private readonly definition: ScannerDefinition;
  private readonly deadlineMs: number;
  private hint: string | null = null;

  private constructor(
    private readonly request: ScanRequest,
    private readonly uid: number | null,
    private readonly scratch: string,
  ) {
    this.definition = DEFINITIONS[request.target.scanner];
    this.deadlineMs = performance.now() + request.settings.limits.wallMs;
  }

  static async open(request: ScanRequest): Promise<Scan> {
    const uid = isolation().hasOwnUser ? runUser(request.runId) : null;
    return new Scan(request, uid, await makeScratch(uid));
  }

  close(): Promise<void> {
    return removeScratch(this.scratch);
  }

  private say(line: string): void {
    this.request.onLine('bulwark', line);
  }

  private hear(line: string): void {
    this.request.onLine('scanner', line);
    this.hint ??= this.definition.hints?.find(({ seen }) => seen.test(line))?.sentence ?? null;
  }

  private get place(): Workplace {
    const { kind, location } = this.request.target;
    return {
      kind,
      image: location,
      tree: join(this.scratch, 'tree'),
      config: join(this.scratch, 'config'),
      report: join(this.scratch, 'home', 'report.json'),
    };
  }

  private get variables(): Record<string, string> {
    const home = join(this.scratch, 'home');
    return {
      PATH: SEARCH_PATH.join(':'),
      HOME: home,
      TMPDIR: home,
      LANG: 'C.UTF-8',
      [MARKER]: this.request.runId,
      [OWNER]: thisProcess(),
    };
  }

  private async run(
    argv: readonly string[],
    env: Record<string, string>,
    hasNetwork: boolean,
    onStdout?: (chunk: Buffer) => void,
  ): Promise<CommandResult> {
    const { settings, runId, signal } = this.request;
    const { uid, scratch, deadlineMs } = this;
    const result = await runCommand(sandboxed(argv, { limits: settings.limits, hasNetwork, uid }), {
      runId,
      uid,
      cwd: join(scratch, 'home'),
      env,
      limits: settings.limits,
      deadlineMs,
      scratch,
      ...(onStdout ? { onStdout } : {}),
      onLine: (line) => this.hear(line),
      signal,
    });
    if (result.isLeftBehind)
      throw new ScanProblem('A process of this run could not be stopped. Check the worker host.');
    if (result.stopped) throw stopProblem(result.stopped, settings);
    return result;
  }

  private async clone(): Promise<void> {
    const { target, settings, allow } = this.request;
    await requireGit();
    const protocol = new URL(target.location).protocol.replace(':', '');
    if (!settings.gitProtocols.includes(protocol))
      throw new ScanProblem(`SCAN_GIT_PROTOCOLS does not allow ${protocol}.`);
    const isFile = protocol === 'file';
    if (isFile) await allowedPath(fileURLToPath(target.location), settings.paths);
    const pin = isFile ? null : await pinnedHost(target.location, allow);
    const { tree, config } = this.place;
    const options = { location: target.location, branch: target.branch, depth: settings.gitDepth, pin };
    const folder = join(this.scratch, 'home', 'clone');
    const env = { ...this.variables, ...(await gitVariables(config, target.location)) };
    this.say(`Cloning branch ${target.branch}, ${settings.gitDepth} commits at most.`);
    const { exitCode } = await this.run(cloneArgs({ ...options, folder }), env, !isFile);
    if (exitCode !== 0)
      throw new ScanProblem('Could not clone the repository. See the run log.', 'failed', exitCode);
    if (this.definition.wantsHistory) await this.keepHistory(folder, tree);
    else await this.copy(folder);
  }

  /** The clone itself is the tree: its configuration is ours, only its files are not. */
  private async keepHistory(folder: string, tree: string): Promise<void> {
    await rm(tree, { recursive: true });
    await rename(folder, tree);
    for (const name of this.definition.drops) await rm(join(tree, name), { recursive: true, force: true });
  }

  private async copy(source: string): Promise<void> {
    const { signal, settings } = this.request;
    const { tree } = this.place;
    const bytesMax = settings.limits.diskBytes;
    const { files, left } = await copyTree(source, tree, { definition: this.definition, bytesMax, signal });
    this.say(
      `${files} ${files === 1 ? 'file' : 'files'} to scan${left > 0 ? `; ${left} links and special files are left out` : ''}.`,
    );
    if (files === 0) throw new ScanProblem('The target contains no files that this scanner supports.');
    if (this.uid !== null) await giveTo(tree, this.uid);
  }

  private async prepare(): Promise<void> {
    const { target, settings, allow } = this.request;
    for (const [name, text] of Object.entries(this.definition.files))
      await writeFile(join(this.place.config, name), typeof text === 'string' ? text : text(settings), {
        mode: 0o644,
      });
    if (target.kind === 'git') await this.clone();
    else if (target.kind === 'path') await this.copy(await allowedPath(target.location, settings.paths));
    else {
      const [host = ''] = target.location.split('/');
      if (target.location.includes('/') && /[.:]|^localhost$/.test(host))
        await pinnedHost(`https://${host}`, allow);
    }
    if (this.uid !== null) await giveTo(this.place.config, this.uid);
  }

  private async version(command: readonly string[]): Promise<string | null> {
    let text = '';
    await this.run([...command, ...this.definition.versionArgs], this.variables, false, (chunk) => {
      text += chunk.toString('utf8').slice(0, 500);
    });
    return versionIn(text);
  }

  private scannerVariables(): Record<string, string> {
    const { secret, needsSecret, variables } = this.definition;
    const value = secret ? this.request.settings.secrets[secret] : undefined;
    const { name } = SCANNER_FACTS[this.request.target.scanner];
    if (needsSecret && !value) throw new ScanProblem(`${name} needs ${secret}, which is not set.`);
    return {
      ...this.variables,
      ...(variables?.(this.place) ?? {}),
      ...(secret && value ? { [secret]: value } : {}),
    };
  }

  private async inContainer(): Promise<{
    argv: readonly string[];
    engine: string;
    env: Record<string, string>;
  }> {
    const { settings, runId, target } = this.request;
    const { definition, uid, scratch } = this;
    const image = settings.images[target.scanner];
    if (!image)
      throw new ScanProblem(`SCAN_IMAGES names no image for ${SCANNER_FACTS[target.scanner].name}.`);
    const given = this.scannerVariables();
    const isInside = (name: string) => name !== 'PATH' && name !== definition.secret;
    const variables = Object.fromEntries(Object.entries(given).filter(([name]) => isInside(name)));
    const secrets = Object.keys(given).filter((name) => name === definition.secret);
    const engine = await containerEngine();
    const argv = contained(definition.args(this.place), {
      engine,
      name: `bulwark-scan-${runId}`,
      image,
      scratch,
      limits: settings.limits,
      hasNetwork: definition.hasNetwork,
      uid,
      variables,
      secrets,
    });
    return { argv, engine, env: { ...given, ...engineVariables() } };
  }

  async perform(): Promise<FinishedScan> {
    const { settings, target } = this.request;
    const isContained = settings.isolation === 'container';
    // What must fail fails before anything is copied or started.
    const variables = this.scannerVariables();
    const command = isContained ? [] : await commandOf(target.scanner, settings);
    await this.prepare();
    const version = isContained ? null : await this.version(command);
    this.say(`${SCANNER_FACTS[target.scanner].name}${version ? ` ${version}` : ''} begins.`);
    const { definition, place } = this;
    const out = definition.reportOn === 'stdout' ? createWriteStream(place.report, { mode: 0o600 }) : null;
    const print = out ? (chunk: Buffer) => void out.write(chunk) : undefined;
    const { exitCode, threadsSeen } = isContained
      ? await this.runEngine(print)
      : await this.run([...command, ...definition.args(place)], variables, definition.hasNetwork, print);
    if (out) await new Promise((resolve) => out.end(resolve));
    const seen = threadsSeen > 0 ? `; ${threadsSeen} processes and threads at most` : '';
    this.say(`It ended with code ${exitCode ?? 'none'}${seen}.`);
    if (exitCode === null || !definition.okExitCodes.includes(exitCode))
      throw new ScanProblem(
        this.hint ?? `The scanner ended with code ${exitCode ?? 'none'}; the log says why.`,
        'failed',
        exitCode,
      );
    return { report: await this.readReport(), exitCode, version };
  }

  /** The engine needs its own socket and environment; what it starts is bounded by its arguments. */
  private async runEngine(onStdout?: (chunk: Buffer) => void): Promise<CommandResult> {
    const { settings, runId, signal } = this.request;
    const { argv, engine, env } = await this.inContainer();
    const base = {
      runId,
      uid: null,
      cwd: this.scratch,
      limits: settings.limits,
      scratch: this.scratch,
      signal,
    };
    const onLog = (line: string) => this.hear(line);
    const run = { ...base, env, deadlineMs: this.deadlineMs, onLine: onLog };
    const remove = () => {
      const grace = { deadlineMs: performance.now() + 15_000, signal: new AbortController().signal };
      const quiet = { onLine: () => undefined };
      return runCommand([engine, 'rm', '--force', `bulwark-scan-${runId}`], { ...run, ...grace, ...quiet });
    };
    // What an attempt left whose worker was killed has the same name.
    await remove();
    const result = await runCommand(argv, { ...run, ...(onStdout ? { onStdout } : {}) });
    if (!result.stopped) return result;
    await remove();
    throw stopProblem(result.stopped, settings);
  }

  /** What the scanner left there is opened without following a link. */
  private async readReport(): Promise<AsyncIterable<Uint8Array>> {
    const { target, settings } = this.request;
    const file = await open(this.place.report, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => null);
    const facts = await file?.stat();
    if (file && facts?.isFile() && facts.size > 0 && facts.size <= settings.limits.outputBytes)
      return file.createReadStream();
    await file?.close();
    if (facts && facts.size > settings.limits.outputBytes) throw stopProblem('output', settings);
    // secretlint writes nothing where it found nothing.
    if (target.scanner === 'secretlint')
      return (async function* none() {
        yield Buffer.from('[]');
      })();
    throw new ScanProblem('The scanner did not write a report. See the run log.');
  }
}

/**
 * Scans once, and hands the report to `use` before everything of the run is removed.
 * @throws ScanProblem with the status and the sentence of a run that gave no report
 */
export async function scanOnce<T>(request: ScanRequest, use: (scan: FinishedScan) => Promise<T>): Promise<T> {
  const scan = await Scan.open(request);
  try {
    return await use(await scan.perform());
  } catch (error) {
    if (error instanceof ScanProblem) throw error;
    if (error instanceof OutboundRefused)
      throw new ScanProblem(error.message, 'failed', null, { cause: error });
    if (request.signal.aborted) throw stopProblem('cancelled', request.settings);
    throw error;
  } finally {
    await scan.close();
  }
}
