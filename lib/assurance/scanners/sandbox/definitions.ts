import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Scanner, TargetKind } from '@/lib/assurance/scanners/contract';
import type { ScannerEnv } from '@/lib/platform/core/env/env-scanners';

/** Where one run works. Only `tree` comes from strangers; `config` and `report` are Bulwark's. */
export interface Workplace {
  kind: TargetKind;
  /** The copy of what is scanned; absent for an image. */
  tree: string;
  image: string;
  config: string;
  report: string;
}

export interface ScannerDefinition {
  /** The command as PATH knows it; null: it comes with Bulwark, and `ownCommand` runs it. */
  command: string | null;
  ownCommand?: () => readonly string[];
  versionArgs: readonly string[];
  /** Needs the network while it runs: a database of vulnerabilities. */
  hasNetwork: boolean;
  /** The secret that it alone is given. */
  secret?: string;
  /** Without its secret it does not run. */
  needsSecret?: true;
  /** The exit codes of a finished run, found something or not. */
  okExitCodes: readonly number[];
  /** Where the report is: in the file `report`, or what it prints. */
  reportOn: 'file' | 'stdout';
  /** History is scanned too, so a clone keeps `.git`. */
  wantsHistory?: boolean;
  /** Names that would let a repository steer its own scan: they are left out of the copy. */
  drops: ReadonlySet<string>;
  /** Only these names are copied; null: everything. */
  keeps: ReadonlySet<string> | null;
  /** Files of configuration, written before the run into `config`. */
  files: Readonly<Record<string, string | ((settings: ScannerEnv) => string)>>;
  /** What a line of its log means, in a sentence that says what to do. */
  hints?: readonly { seen: RegExp; sentence: string }[];
  variables?: (place: Workplace) => Record<string, string>;
  args: (place: Workplace) => readonly string[];
}

const PRESET = '@secretlint/secretlint-rule-preset-recommend';
const nothing: ReadonlySet<string> = new Set();
const secretlintFiles = ['json', 'js', 'cjs', 'mjs', 'yml', 'yaml'].map((end) => `.secretlintrc.${end}`);

function ownSecretlint(): string[] {
  const manifest = createRequire(import.meta.url).resolve('secretlint/package.json');
  return [process.execPath, '--max-old-space-size=512', join(dirname(manifest), 'bin/secretlint.js')];
}

/** npm fills the token in from its environment, so that no file holds it. */
function npmrcOf({ npmRegistry, secrets }: ScannerEnv): string {
  if (npmRegistry === null) return '';
  const token = `${npmRegistry.replace(/^https?:/, '')}:_authToken=\${SCAN_NPM_TOKEN}\n`;
  return `registry=${npmRegistry}\n${secrets.SCAN_NPM_TOKEN ? token : ''}`;
}

export const DEFINITIONS: Record<Scanner, ScannerDefinition> = {
  secretlint: {
    command: null,
    ownCommand: ownSecretlint,
    versionArgs: ['--version'],
    hasNetwork: false,
    okExitCodes: [0, 1],
    reportOn: 'file',
    drops: new Set(['.secretlintrc', '.secretlintignore', ...secretlintFiles]),
    keeps: null,
    files: {
      'secretlint.json': JSON.stringify({
        rules: [
          {
            id: PRESET,
            rules: [{ id: '@secretlint/secretlint-rule-filter-comments', disabled: true }],
          },
        ],
      }),
      'secretlint.ignore': '',
    },
    args: ({ tree, config, report }) => [
      `--secretlintrc=${join(config, 'secretlint.json')}`,
      `--secretlintignore=${join(config, 'secretlint.ignore')}`,
      '--no-gitignore',
      '--no-color',
      '--format=json',
      `--output=${report}`,
      join(tree, '**/*'),
    ],
  },
  gitleaks: {
    command: 'gitleaks',
    versionArgs: ['version'],
    hasNetwork: false,
    okExitCodes: [0, 1],
    reportOn: 'file',
    wantsHistory: true,
    drops: new Set(['.gitleaks.toml', '.gitleaksignore']),
    keeps: null,
    files: { 'gitleaks.toml': '[extend]\nuseDefault = true\n', '.gitleaksignore': '' },
    args: ({ kind, tree, config, report }) => [
      kind === 'git' ? 'git' : 'dir',
      `--config=${join(config, 'gitleaks.toml')}`,
      `--gitleaks-ignore-path=${config}`,
      '--ignore-gitleaks-allow',
      '--no-banner',
      '--no-color',
      '--exit-code=1',
      '--report-format=json',
      `--report-path=${report}`,
      tree,
    ],
  },
  trivy: {
    command: 'trivy',
    versionArgs: ['--version'],
    hasNetwork: true,
    okExitCodes: [0],
    reportOn: 'file',
    drops: new Set(['trivy.yaml', 'trivy.yml', 'trivy-secret.yaml', '.trivyignore', '.trivyignore.yaml']),
    keeps: null,
    hints: [
      {
        seen: /vulnerability DB|vulnerability database|failed to download/i,
        sentence:
          'Trivy could not download its vulnerability database, so nothing was scanned. Give the worker access to the registry named in the log, then run it again.',
      },
    ],
    files: { 'trivy.yaml': '{}\n', 'trivy.ignore': '', 'trivy-secret.yaml': '{}\n' },
    variables: () => ({ TRIVY_DISABLE_TELEMETRY: 'true', TRIVY_SKIP_VERSION_CHECK: 'true' }),
    args: ({ kind, tree, image, config, report }) => [
      kind === 'image' ? 'image' : 'fs',
      `--config=${join(config, 'trivy.yaml')}`,
      `--ignorefile=${join(config, 'trivy.ignore')}`,
      `--secret-config=${join(config, 'trivy-secret.yaml')}`,
      `--cache-dir=${join(config, 'cache')}`,
      '--scanners=vuln,misconfig,secret',
      '--exit-code=0',
      '--format=json',
      `--output=${report}`,
      ...(kind === 'image' ? ['--image-src=remote', image] : [tree]),
    ],
  },
  snyk: {
    command: 'snyk',
    versionArgs: ['--version'],
    hasNetwork: true,
    secret: 'SNYK_TOKEN',
    needsSecret: true,
    okExitCodes: [0, 1],
    reportOn: 'file',
    // Lock files alone: for other ecosystems it would run the build tools of the repository.
    drops: nothing,
    keeps: new Set(['package.json', 'package-lock.json', 'yarn.lock', 'pnpm-lock.yaml', 'composer.lock']),
    files: {},
    hints: [
      {
        seen: /Executable doesn't exist/,
        sentence:
          'Snyk is only partly installed because its npm package downloads the program during installation. Reinstall it with install scripts and network access enabled.',
      },
    ],
    variables: () => ({ SNYK_DISABLE_ANALYTICS: '1', SNYK_CFG_DISABLESUGGESTIONS: 'true' }),
    args: ({ tree, report }) => [
      'test',
      tree,
      '--all-projects',
      '--strict-out-of-sync=false',
      '--ignore-policy',
      `--json-file-output=${report}`,
    ],
  },
  'npm-audit': {
    command: 'npm',
    versionArgs: ['--version'],
    hasNetwork: true,
    okExitCodes: [0, 1],
    reportOn: 'stdout',
    drops: nothing,
    keeps: new Set(['package.json', 'package-lock.json', 'npm-shrinkwrap.json']),
    secret: 'SCAN_NPM_TOKEN',
    files: { npmrc: npmrcOf },
    args: ({ tree, config }) => [
      'audit',
      '--json',
      '--package-lock-only',
      '--ignore-scripts',
      '--no-workspaces',
      '--no-update-notifier',
      `--prefix=${tree}`,
      `--userconfig=${join(config, 'npmrc')}`,
      `--globalconfig=${join(config, 'npmrc-global')}`,
      `--cache=${join(config, 'cache')}`,
    ],
  },
};
