import { parseYaml, ReloadingFile, type YamlFile } from '@/lib/platform/core/yaml-file';
import { compilePolicy, type Policy } from './plan';
import { type PolicyFile, policyFile } from './policy-schema';

/** A policy that may be in force, with where it was read from. */
export interface LoadedPolicy extends Policy {
  file: string;
  /** Hex SHA-256 of the text. */
  hash: string;
}

/** Where a limiter takes its policy from, anew for every request; a newer version needs no restart. */
export interface PolicySource {
  readonly current: LoadedPolicy;
  readonly loadedAtMs: number;
  /** Why the newest version of the file is not in force; null while it is. */
  readonly error: {
    problems: readonly { line: number; column: number; path: string; message: string }[];
  } | null;
  close(): void;
}

interface PolicyLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** @throws FileError with line and column of everything that is wrong */
export function parsePolicy(text: string, file: string): LoadedPolicy {
  const parsed: YamlFile<PolicyFile> = parseYaml(text, file, policyFile);
  return { ...compilePolicy(parsed.value, parsed.lineOf), file, hash: parsed.hash };
}

/** The policy in a file, taken over again whenever it changes. @throws FileError where the first version is bad */
export function openPolicy(file: string, log: PolicyLog): PolicySource {
  return new ReloadingFile<LoadedPolicy>({
    name: 'rate-limits',
    file,
    parse: parsePolicy,
    onChange: ({ hash, rules }) => log.info({ file, hash, limits: rules.length }, 'rate limits changed'),
    onError: (error) => log.warn({ err: error, file }, 'rate limits not changed: the new file is not valid'),
  });
}

/** A policy that never changes. */
export function fixedPolicy(text: string, file = 'rate-limit.yaml'): PolicySource {
  return { current: parsePolicy(text, file), loadedAtMs: Date.now(), error: null, close: () => undefined };
}
