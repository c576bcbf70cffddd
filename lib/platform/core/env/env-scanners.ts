import { z } from 'zod';
import { documented } from './env-doc';
import { text, wholeNumber } from './env-values';

const group = 'Scanners';
const PIN = /^([a-z-]+)=(\/[^@]+)@sha256:([0-9a-f]{64})$/;
const IMAGE = /^([a-z-]+)=([a-z0-9][\w./:-]*@sha256:[0-9a-f]{64})$/;

const parts = (value: string | undefined) =>
  (value ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

export interface PinnedBinary {
  path: string;
  sha256: string;
}

const binaries = z
  .string()
  .optional()
  .transform((value, context) => {
    const found: Record<string, PinnedBinary> = {};
    for (const part of parts(value)) {
      const [, name, path, sha256] = PIN.exec(part) ?? [];
      if (name && path && sha256) found[name] = { path, sha256 };
      else context.addIssue({ code: 'custom', message: 'must be a list of name=/path@sha256:<digest>' });
    }
    return found;
  });

const images = z
  .string()
  .optional()
  .transform((value, context) => {
    const found: Record<string, string> = {};
    for (const part of parts(value)) {
      const [, name, image] = IMAGE.exec(part) ?? [];
      if (name && image) found[name] = image;
      else context.addIssue({ code: 'custom', message: 'must be a list of name=image@sha256:<digest>' });
    }
    return found;
  });

const paths = z
  .string()
  .optional()
  .transform((value, context) => {
    const found = parts(value);
    const bad = found.find((path) => !path.startsWith('/') || path.split('/').includes('..'));
    if (bad) context.addIssue({ code: 'custom', message: `must be absolute directories; "${bad}" is none` });
    return found;
  });

const protocols = z
  .string()
  .default('https')
  .transform((value, context) => {
    const found = parts(value);
    if (found.some((one) => one !== 'https' && one !== 'file'))
      context.addIssue({ code: 'custom', message: 'must be https, file, or both with a comma' });
    return found;
  });

const registry = z
  .string()
  .optional()
  .transform((value, context) => {
    if (!value) return null;
    const url = URL.parse(value);
    const isPlain = url && !url.username && !url.password && !url.search && !url.hash;
    if (isPlain && /^https?:$/.test(url.protocol)) return url.href.replace(/\/*$/, '/');
    context.addIssue({ code: 'custom', message: 'must be an http(s) address without a name and a password' });
    return z.NEVER;
  });

/** Settings of scanners that Bulwark runs itself. */
export const scannerSettings = {
  SCAN_ISOLATION: documented(
    z.enum(['process', 'container'], 'must be process or container').default('process'),
    {
      group,
      default: 'process',
      description:
        'process runs scanners under limits on this machine; container in docker or podman, from SCAN_IMAGES.',
    },
  ),
  SCAN_PATHS: documented(paths, {
    group,
    default: 'none',
    description: 'Directories of the worker that targets of the kinds path and file:// must lie in.',
  }),
  SCAN_GIT_PROTOCOLS: documented(protocols, {
    group,
    default: 'https',
    description: 'What git may clone from: https, file, or both. Private hosts need OUTBOUND_ALLOW as well.',
  }),
  SCAN_GIT_DEPTH: documented(wholeNumber(1, 100_000, 50), {
    group,
    default: '50',
    description: 'Commits of history that are cloned, which is what Gitleaks can look through.',
  }),
  SCAN_BINARIES: documented(binaries, {
    group,
    default: 'whatever PATH has',
    description:
      'Scanner binaries pinned by digest, as gitleaks=/usr/local/bin/gitleaks@sha256:<hex>,... A binary with a different digest is not run.',
  }),
  SCAN_IMAGES: documented(images, {
    group,
    default: 'none',
    description: 'Images for SCAN_ISOLATION=container, as trivy=<image>@sha256:<hex>,...',
  }),
  SCAN_CONCURRENCY: documented(wholeNumber(1, 2, 1), {
    group,
    default: '1',
    description: 'Scanners that a worker runs at the same time.',
  }),
  SCAN_TIMEOUT_SECONDS: documented(wholeNumber(1, 3_600, 900), {
    group,
    default: '900',
    description: 'Maximum duration of a scanner run.',
  }),
  SCAN_CPU_SECONDS: documented(wholeNumber(1, 3_600, 600), {
    group,
    default: '600',
    description: 'Maximum CPU time per process in a run.',
  }),
  SCAN_MEMORY_MB: documented(wholeNumber(64, 65_536, 1_024), {
    group,
    default: '1024',
    description: 'Maximum memory of a run, across all its processes.',
  }),
  SCAN_PROCESSES: documented(wholeNumber(16, 4_096, 128), {
    group,
    default: '128',
    description: 'Processes and threads of a run.',
  }),
  SCAN_DISK_MB: documented(wholeNumber(1, 65_536, 2_048), {
    group,
    default: '2048',
    description: 'Disk of a run: the copy of what is scanned, and all that the scanner writes.',
  }),
  SCAN_OUTPUT_MB: documented(wholeNumber(1, 100, 50), {
    group,
    default: '50',
    description: 'The report and the messages of a run.',
  }),
  SCAN_NPM_REGISTRY: documented(registry, {
    group,
    default: "npm's own",
    description: 'The registry that npm audit asks, which must answer /-/npm/v1/security/advisories/bulk.',
  }),
  SCAN_NPM_TOKEN: documented(text(), {
    group,
    secret: true,
    default: 'none',
    description: 'Passed only to npm audit, which sends it only to SCAN_NPM_REGISTRY.',
  }),
  SNYK_TOKEN: documented(text(), {
    group,
    secret: true,
    default: 'none',
    description: 'Given to Snyk and to nothing else.',
  }),
};

type Settings = z.output<z.ZodObject<typeof scannerSettings>>;
const MB = 1024 * 1024;

export interface ScanLimits {
  wallMs: number;
  cpuSeconds: number;
  memoryBytes: number;
  processes: number;
  diskBytes: number;
  outputBytes: number;
}

export interface ScannerEnv {
  isolation: 'process' | 'container';
  paths: readonly string[];
  gitProtocols: readonly string[];
  gitDepth: number;
  binaries: Readonly<Record<string, PinnedBinary>>;
  images: Readonly<Record<string, string>>;
  concurrency: number;
  /** Where npm audit asks, with a slash at its end; null: where npm does by itself. */
  npmRegistry: string | null;
  limits: ScanLimits;
  /** What a scanner may be given, by the name of its variable. */
  secrets: Readonly<Record<string, string>>;
}

export function describeScanners(settings: Settings): ScannerEnv {
  return {
    isolation: settings.SCAN_ISOLATION,
    paths: settings.SCAN_PATHS,
    gitProtocols: settings.SCAN_GIT_PROTOCOLS,
    gitDepth: settings.SCAN_GIT_DEPTH,
    binaries: settings.SCAN_BINARIES,
    images: settings.SCAN_IMAGES,
    concurrency: settings.SCAN_CONCURRENCY,
    limits: {
      wallMs: settings.SCAN_TIMEOUT_SECONDS * 1000,
      cpuSeconds: settings.SCAN_CPU_SECONDS,
      memoryBytes: settings.SCAN_MEMORY_MB * MB,
      processes: settings.SCAN_PROCESSES,
      diskBytes: settings.SCAN_DISK_MB * MB,
      outputBytes: settings.SCAN_OUTPUT_MB * MB,
    },
    npmRegistry: settings.SCAN_NPM_REGISTRY,
    secrets: {
      ...(settings.SNYK_TOKEN ? { SNYK_TOKEN: settings.SNYK_TOKEN } : {}),
      ...(settings.SCAN_NPM_TOKEN ? { SCAN_NPM_TOKEN: settings.SCAN_NPM_TOKEN } : {}),
    },
  };
}
