import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { thisProcess } from '@/lib/assurance/scanners/sandbox/processes';
import { describeScanners, type ScannerEnv, scannerSettings } from '@/lib/platform/core/env/env-scanners';

/** For tests only: a directory of targets, which others may read, and settings that allow it. */
export function openPlace() {
  const root = mkdtempSync(join(tmpdir(), 'scanner-test-'));
  chmodSync(root, 0o755);
  const settings = (given: Record<string, string> = {}): ScannerEnv =>
    describeScanners(
      z.object(scannerSettings).parse({ SCAN_PATHS: root, SCAN_GIT_PROTOCOLS: 'https,file', ...given }),
    );
  const write = (path: string, text: string, mode = 0o644) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode });
    return join(root, path);
  };
  /** Makes a repository of what was written below `folder`. */
  const commit = (folder: string) => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
        cwd: join(root, folder),
        stdio: 'ignore',
      });
    git('init', '-b', 'main');
    git('add', '-A');
    git('commit', '-m', 'planted');
    return `file://${join(root, folder)}`;
  };
  const close = () => rmSync(root, { recursive: true, force: true });
  return { root, settings, write, commit, close };
}

/** Scratch directories of this process's runs; other tests may have theirs. */
export const scratches = () =>
  readdirSync(tmpdir()).filter((name) => name.startsWith(`bulwark-scan-${thisProcess().replace(':', '.')}-`));

/** A token that secretlint and Gitleaks know, put together here so that no scanner finds it in this file. */
export const planted = `xoxb-${'123456789012'}-${'123456789013'}-${'aBcDeFgHiJkLmNoPqRsTuVwX'}`;

/** For tests only: whether a process with this text in its command line lives, wherever it moved. */
export function lives(text: string): boolean {
  return readdirSync('/proc').some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(text);
    } catch {
      return false;
    }
  });
}
