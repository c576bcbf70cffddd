import { parseYaml, ReloadingFile } from '@/lib/platform/core/yaml-file';
import { type DetectionPolicy, detectionsFile, policyOf } from './policy-schema';

/** @throws FileError with line and column of everything that is wrong */
export function parseDetectionPolicy(text: string, file: string): DetectionPolicy {
  const parsed = parseYaml(text, file, detectionsFile);
  return policyOf(parsed.value, file, parsed.hash);
}

export interface PolicyLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** Keeps the file in force; a bad new version is logged and changes nothing. @throws FileError for a bad first version */
export function openDetectionPolicy(file: string, log: PolicyLog): ReloadingFile<DetectionPolicy> {
  return new ReloadingFile({
    name: 'detections',
    file,
    parse: parseDetectionPolicy,
    onChange: ({ hash }) => log.info({ file, hash: hash.slice(0, 12) }, 'detection rules reloaded'),
    onError: (error) => log.warn({ file, problems: error.problems }, 'detection rules refused'),
  });
}

let open: ReloadingFile<DetectionPolicy> | undefined;

/** The policy of this process, opened on first use. */
export function currentPolicy(file: string, log: PolicyLog): DetectionPolicy {
  open ??= openDetectionPolicy(file, log);
  return open.current;
}
