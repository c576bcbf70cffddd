import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TargetDto } from '@/lib/assurance/scanners/contract';
import { containerEngine, requireGit } from '@/lib/assurance/scanners/sandbox/binary';
import { killOrphans, OWNER, thisProcess } from '@/lib/assurance/scanners/sandbox/processes';
import { contained } from '@/lib/assurance/scanners/sandbox/sandbox';
import { removeOldScratch, removeScratch } from '@/lib/assurance/scanners/sandbox/scratch';
import { lives, openPlace, planted, scratches } from '@/lib/assurance/scanners/test/place';
import type { ScannerEnv } from '@/lib/platform/core/env/env-scanners';
import { newId } from '@/lib/platform/core/ids';
import { lookAt } from './note-scanners';
import { redactLine } from './redact';
import { scanOnce } from './scan';

const place = openPlace();
let before: string[];
beforeAll(() => {
  before = scratches();
});
afterEach(() => {
  expect(scratches().filter((one) => !before.includes(one))).toEqual([]);
});
afterAll(() => place.close());

type Target = Pick<TargetDto, 'scanner' | 'kind' | 'location' | 'branch'>;

async function scan(
  target: Partial<Target>,
  settings: ScannerEnv = place.settings(),
  signal = new AbortController().signal,
) {
  const lines: string[] = [];
  const runId = newId();
  const report = scanOnce(
    {
      runId,
      target: { scanner: 'secretlint', kind: 'path', location: place.root, branch: 'main', ...target },
      settings,
      allow: { hosts: [], cidrs: [] },
      onLine: (_, line) => lines.push(line),
      signal,
    },
    async (finished) => {
      let text = '';
      for await (const chunk of finished.report) text += Buffer.from(chunk).toString('utf8');
      return text;
    },
  );
  return { report: await report, lines, runId };
}

/** A program in the place of Gitleaks, pinned by its digest; `$R` is where its report goes. */
function fake(name: string, script: string, given: Record<string, string> = {}) {
  const head =
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell that fills it in
    '#!/bin/bash\nif [ "$1" = version ]; then echo 8.1.2; exit 0; fi\nfor a in "$@"; do case "$a" in --report-path=*) R="${a#*=}";; esac; done\n';
  const path = place.write(`bin/${name}`, head + script, 0o755);
  const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
  return { path, settings: place.settings({ SCAN_BINARIES: `gitleaks=${path}@sha256:${sha256}`, ...given }) };
}

const target = (folder: string) => {
  place.write(`${folder}/a.txt`, 'nothing');
  return { scanner: 'gitleaks' as const, location: join(place.root, folder) };
};

describe('secretlint, as it comes with Bulwark', () => {
  it('finds planted secrets in a path, also where the repository says not to look', async () => {
    place.write('planted/.env', `SLACK=${planted}\n`);
    place.write('planted/.secretlintignore', '.env\n**/*\n');
    place.write('planted/.gitignore', '.env\n');
    const { report } = await scan({ location: join(place.root, 'planted') });
    const files: { filePath: string; messages: unknown[] }[] = JSON.parse(report);
    const found = files.filter(({ messages }) => messages.length > 0);
    expect(found.map(({ filePath }) => filePath.split('/tree/')[1])).toEqual(['.env']);
    expect(report).toContain('SLACK_TOKEN');
  }, 60_000);

  it('runs nothing of a hostile repository, and clones it without hooks, monitors and links', async () => {
    const trace = join(place.root, 'trace');
    place.write('hostile/.secretlintrc.cjs', `require('fs').writeFileSync(${JSON.stringify(trace)}, 'ran')`);
    place.write(
      'hostile/node_modules/@secretlint/secretlint-rule-preset-recommend/index.js',
      `require('fs').writeFileSync(${JSON.stringify(trace)}, 'ran')`,
    );
    place.write('hostile/a\u001b[31m\nb.env', `SLACK=${planted}\n`);
    const outside = place.write('outside.env', `SLACK=${planted.replace('1234', '9999')}\n`);
    symlinkSync(outside, join(place.root, 'hostile/link.env'));
    symlinkSync('/etc', join(place.root, 'hostile/etc'));
    const location = place.commit('hostile');
    place.write('hostile/.git/hooks/post-checkout', `#!/bin/sh\ntouch ${trace}\n`, 0o755);
    place.write('hostile/.git/hooks/post-upload-pack', `#!/bin/sh\ntouch ${trace}\n`, 0o755);
    place.write('hostile/.git/fs', `#!/bin/sh\ntouch ${trace}\n`, 0o755);
    place.write(
      'hostile/.git/config',
      `[core]\n\trepositoryformatversion = 0\n\tfsmonitor = ${place.root}/hostile/.git/fs\n[uploadpack]\n\tpackObjectsHook = ${place.root}/hostile/.git/fs\n`,
    );
    for (const kind of ['git', 'path'] as const) {
      const { report } = await scan({
        kind,
        location: kind === 'git' ? location : join(place.root, 'hostile'),
      });
      expect(report).toContain('SLACK_TOKEN');
      expect(report).not.toContain('9999');
      expect(existsSync(trace)).toBe(false);
    }
  }, 60_000);

  it('refuses what no setting allows: other paths, protocols and private addresses', async () => {
    await expect(scan({ location: '/etc' })).rejects.toThrow('SCAN_PATHS');
    symlinkSync('/etc', join(place.root, 'out'));
    await expect(scan({ location: join(place.root, 'out') })).rejects.toThrow('SCAN_PATHS');
    const https = place.settings({ SCAN_GIT_PROTOCOLS: 'https' });
    await expect(scan({ kind: 'git', location: `file://${place.root}` }, https)).rejects.toThrow(
      'does not allow file',
    );
    await expect(scan({ kind: 'git', location: 'https://169.254.169.254/x.git' })).rejects.toThrow(
      'private or special',
    );
  });
});

describe('a scanner that misbehaves', () => {
  it('is refused when its binary changed, and named with its command when it is missing', async () => {
    const { path, settings } = fake('changed', 'echo "[]" > "$R"');
    place.write('bin/changed', '#!/bin/sh\nexit 0\n', 0o755);
    await expect(scan(target('t1'), settings)).rejects.toThrow(
      `Gitleaks does not match its pinned digest and was not run: ${path}`,
    );
    await expect(scan({ ...target('t1'), scanner: 'trivy' })).rejects.toThrow(
      'Trivy is not installed on the worker',
    );
  });

  it('is refused without its token before it starts, and shown as incomplete', async () => {
    const { path } = fake('snyk', 'touch "$0.ran"');
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    const settings = place.settings({ SCAN_BINARIES: `snyk=${path}@sha256:${sha256}` });
    await expect(scan({ ...target('t0'), scanner: 'snyk' }, settings)).rejects.toThrow(
      'Snyk needs SNYK_TOKEN, which is not set.',
    );
    expect(await lookAt('snyk', settings)).toMatchObject({ problem: expect.stringContaining('SNYK_TOKEN') });
    const given = place.settings({ SCAN_BINARIES: `snyk=${path}@sha256:${sha256}`, SNYK_TOKEN: 'abcdef' });
    expect((await lookAt('snyk', given)).problem).toBeNull();
  });

  it('says what the end of Trivy without a database means', async () => {
    const path = place.write(
      'bin/trivy',
      '#!/bin/sh\nif [ "$1" = --version ]; then echo Version: 0.74.0; exit 0; fi\necho "FATAL init error: DB error: failed to download vulnerability DB" >&2\nexit 1\n',
      0o755,
    );
    const sha256 = createHash('sha256').update(readFileSync(path)).digest('hex');
    const settings = place.settings({ SCAN_BINARIES: `trivy=${path}@sha256:${sha256}` });
    await expect(scan({ ...target('t0'), scanner: 'trivy' }, settings)).rejects.toThrow(
      'Trivy could not download its vulnerability database',
    );
  });

  it('needs git for a git target, and the sentence has the command', async () => {
    await expect(requireGit([place.root])).rejects.toThrow('Install it with "apt-get install git".');
    place.write('tools/git', '#!/bin/sh\n', 0o755);
    await requireGit([join(place.root, 'tools')]);
  });

  it('gets nothing of this environment', async () => {
    process.env.BULWARK_TEST_CANARY = 'canary-4711';
    const { settings } = fake('env', 'env > "$R"');
    const { report } = await scan(target('t2'), settings);
    expect(report).not.toContain('canary-4711');
    expect(report).toContain('HOME=');
    delete process.env.BULWARK_TEST_CANARY;
  }, 30_000);

  it('is stopped in time, with what moved into another session and forgot its environment', async () => {
    const { settings } = fake(
      'orphan',
      'setsid sleep 4711.25 & setsid env -i sleep 4711.5 & (setsid sh -c "exec env -i sleep 4711.75" &) ; sleep 0.5; sleep 60',
      { SCAN_TIMEOUT_SECONDS: '2' },
    );
    await expect(scan(target('t3'), settings)).rejects.toMatchObject({ status: 'timed_out' });
    expect(['4711.25', '4711.5', '4711.75'].filter(lives)).toEqual([]);
  }, 30_000);

  it('leaves no orphan when it ends by itself', async () => {
    const { settings } = fake('leaver', 'setsid sleep 4712.5 >/dev/null 2>&1 & sleep 0.4; echo "[]" > "$R"');
    expect((await scan(target('t4'), settings)).report).toBe('[]\n');
    expect(lives('4712.5')).toBe(false);
  }, 30_000);

  it('cannot fork without end', async () => {
    const { settings } = fake('bomb', 'b() { b | b & sleep 4713.5; }; b; sleep 30', {
      SCAN_PROCESSES: '64',
      SCAN_TIMEOUT_SECONDS: '5',
    });
    await expect(scan(target('t5'), settings)).rejects.toThrow(/stopped/);
    expect(lives('4713.5')).toBe(false);
  }, 60_000);

  it('is stopped when it writes or prints too much, and when somebody stops it', async () => {
    const disk = fake(
      'disk',
      'for i in $(seq 1 400); do head -c 1048576 /dev/zero > "$R.$i"; sleep 0.02; done; sleep 20',
      { SCAN_DISK_MB: '20' },
    );
    await expect(scan(target('t6'), disk.settings)).rejects.toThrow('wrote more than 20 MB');
    const print = fake('print', 'yes | head -c 30000000; sleep 20', { SCAN_OUTPUT_MB: '1' });
    await expect(scan(target('t6'), print.settings)).rejects.toThrow('printed more than 1 MB');
    const wait = fake('wait', 'sleep 60');
    await expect(scan(target('t6'), wait.settings, AbortSignal.timeout(800))).rejects.toMatchObject({
      status: 'cancelled',
    });
  }, 60_000);

  it('cannot make its report a link to a file of this machine', async () => {
    const { settings } = fake('link', 'ln -s /etc/hostname "$R"');
    await expect(scan(target('t7'), settings)).rejects.toThrow('did not write a report');
  }, 30_000);
});

it('what a killed worker left behind is found, killed and removed by the next', async () => {
  const gone = `${2 ** 22 - 1}:1`;
  const left = join(tmpdir(), `bulwark-scan-${gone.replace(':', '.')}-x`);
  mkdirSync(left);
  const own = mkdtempSync(join(tmpdir(), `bulwark-scan-${thisProcess().replace(':', '.')}-`));
  const orphan = spawn('sleep', ['4714.5'], { env: { ...process.env, [OWNER]: gone }, detached: true });
  const mine = spawn('sleep', ['4714.7'], { env: { ...process.env, [OWNER]: thisProcess() } });
  const ended = once(orphan, 'exit');
  await vi.waitFor(() => expect(lives('4714.5') && lives('4714.7')).toBe(true));
  expect(killOrphans()).toBe(1);
  await ended;
  expect(lives('4714.7')).toBe(true);
  mine.kill();
  const forgetful = spawn('sleep', ['4714.9'], { env: { NODE_ENV: 'test' }, cwd: left, detached: true });
  const killed = once(forgetful, 'exit');
  await vi.waitFor(() => expect(lives('4714.9')).toBe(true));
  expect(await removeOldScratch()).toBeGreaterThan(0);
  await killed;
  expect([existsSync(left), existsSync(own)]).toEqual([false, true]);
  await removeScratch(own);
});

describe('a line of a log', () => {
  it('holds no control characters, known secrets and tokens', () => {
    expect(redactLine('\u001b[31mred\u001b[0m \u001b]0;title\u0007x\u0000\u202ey', [])).toBe(
      'red x\ufffd\ufffdy',
    );
    expect(redactLine(`token ${planted} and hunter2hunter2`, ['hunter2hunter2'])).toBe(
      'token [redacted] and [redacted]',
    );
    expect(redactLine('https://user:pw@git.example.org/x', [])).toBe('https://[redacted]@git.example.org/x');
    expect(redactLine(`key=${'A1b2'.repeat(12)}`, [])).toBe('key=[redacted]');
  });
});

describe('a container', () => {
  it('runs in the engine that answers; one that does not is quoted', async () => {
    place.write(
      'deaf/docker',
      '#!/bin/sh\necho "Cannot connect to the Docker daemon. Is it running?" >&2\nexit 1\n',
      0o755,
    );
    const podman = place.write('well/podman', '#!/bin/sh\nexit 0\n', 0o755);
    const folders = ['deaf', 'well'].map((name) => join(place.root, name));
    expect(await containerEngine(folders)).toBe(podman);
    await expect(containerEngine(folders.slice(0, 1))).rejects.toThrow(
      'needs an engine that answers. docker says: Cannot connect to the Docker daemon. Is it running?',
    );
    await expect(containerEngine([place.root])).rejects.toThrow('neither is there');
  });

  const limits = place.settings().limits;
  const options = {
    engine: '/usr/bin/docker',
    name: 'n',
    scratch: '/s',
    limits,
    hasNetwork: false,
    uid: null,
    variables: { A: 'b' },
    secrets: ['TOKEN'],
  };
  it('has no network, capabilities and writable root, and an image with a digest', () => {
    const argv = contained(['scan', '/s/tree'], { ...options, image: `img@sha256:${'a'.repeat(64)}` });
    expect(argv).toEqual(
      expect.arrayContaining([
        '--network=none',
        '--read-only',
        '--cap-drop=ALL',
        '--security-opt=no-new-privileges',
        '--pids-limit=128',
        '--env=A=b',
        '--env=TOKEN',
        '--ulimit=nofile=4096:4096',
        '--volume=/s:/s:rw',
      ]),
    );
    expect(argv.slice(-2)).toEqual(['scan', '/s/tree']);
    expect(contained([], { ...options, hasNetwork: true, image: `img@sha256:${'a'.repeat(64)}` })).toContain(
      '--network=bridge',
    );
    expect(() => contained([], { ...options, image: 'img:latest' })).toThrow('digest');
  });
});
