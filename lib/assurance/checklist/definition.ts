import { createHash } from 'node:crypto';
import { z } from 'zod';
import { MINUTE_MS } from '@/lib/platform/core/clock';
import { fileObject, parseYaml, type YamlFile } from '@/lib/platform/core/yaml-file';
import {
  CHECK_KIND_NAMES,
  CHECK_KINDS,
  type CheckKind,
  type CheckMode,
  durationOf,
  type ParametersOf,
  type ScopeOf,
} from './check-kinds';
import { CHECK_SEVERITIES, STAGES } from './contract';

const OBJECTIVES_MAX = 200;
const CHECKS_MAX = 500;

const key = z
  .string('must be small letters, digits and -')
  .regex(/^[a-z0-9][a-z0-9-]{0,59}$/, 'must be small letters, digits and -, at most 60 of them');
const sentence = (most: number) =>
  z
    .string('must be a text')
    .trim()
    .min(1, 'must not be empty')
    .max(most, `must be at most ${most} characters`);
const clockTime = z
  .string('must be a time of day such as "03:00"')
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day in quotes, such as "03:00"');

const common = {
  key,
  title: sentence(160),
  version: z.int('must be a whole number').min(1, 'must be at least 1').max(1_000_000).default(1),
  cadence: durationOf(5 * MINUTE_MS),
  grace: durationOf(0).default(0),
  remediation: sentence(1000),
};

function checkOf<K extends CheckKind>(kind: K) {
  const { scope, parameters } = CHECK_KINDS[kind];
  return fileObject({ ...common, kind: z.literal(kind), scope, parameters });
}

const check = z.discriminatedUnion(
  'kind',
  [
    checkOf('secrets'),
    checkOf('scans'),
    checkOf('findings'),
    checkOf('rate_limit'),
    checkOf('tls'),
    checkOf('firewall'),
    checkOf('key_rotation'),
    checkOf('inventory'),
    checkOf('audit_log'),
    checkOf('http'),
    checkOf('query'),
    checkOf('import'),
    checkOf('attestation'),
  ],
  { error: `must have a kind: one of ${CHECK_KIND_NAMES.join(', ')}` },
);

const objective = fileObject({
  key,
  title: sentence(160),
  why: sentence(1000),
  stage: z.enum(STAGES, `must be ${STAGES.join(' or ')}`),
  severity: z.enum(CHECK_SEVERITIES, `must be one of ${CHECK_SEVERITIES.join(', ')}`),
  owner: sentence(120).optional(),
  refs: z.array(sentence(300), 'must be a list of texts').max(20, 'must hold at most 20').default([]),
  tenants: z
    .array(
      z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be the slug of a tenant'),
      'must be a list of slugs of tenants',
    )
    .min(1, 'must name a tenant or be left out')
    .optional()
    .describe('The tenants it is meant for; every tenant when left out.'),
  checks: z
    .array(check, 'must be a list of checks')
    .min(1, 'must hold a check')
    .max(50, 'must hold at most 50 checks'),
});

/** security/checklist.yaml. */
export const checklistFile = fileObject({
  version: z.literal(1, 'must be 1'),
  runAt: clockTime
    .default('03:00')
    .describe('When checks with a cadence of a day or more run, in the time zone of the tenant.'),
  objectives: z
    .array(objective, 'must be a list of objectives')
    .min(1, 'must hold an objective')
    .max(OBJECTIVES_MAX, `must hold at most ${OBJECTIVES_MAX} objectives`),
}).superRefine(({ objectives }, context) => {
  const seen = new Set<string>();
  const refuse = (path: (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path, message });
  const once = (name: string, path: (string | number)[]) => {
    if (seen.has(name)) refuse(path, `"${name.slice(2)}" is used twice; keys are unique`);
    seen.add(name);
  };
  let checks = 0;
  for (const [index, { key: objectiveKey, checks: own }] of objectives.entries()) {
    once(`o ${objectiveKey}`, ['objectives', index, 'key']);
    for (const [position, one] of own.entries()) {
      checks += 1;
      once(`c ${one.key}`, ['objectives', index, 'checks', position, 'key']);
    }
  }
  if (checks > CHECKS_MAX) refuse(['objectives'], `must hold at most ${CHECKS_MAX} checks in all`);
});
type ObjectiveEntry = z.output<typeof objective>;
type CheckEntry = ObjectiveEntry['checks'][number];

interface DefinedCheckBase {
  key: string;
  objectiveKey: string;
  title: string;
  version: number;
  cadenceMs: number;
  graceMs: number;
  remediation: string;
  mode: CheckMode;
  /** Hex SHA-256 of what decides its outcome. A run made with another digest does not count. */
  digest: string;
  /** Where it stands in the file. */
  line: number;
}

/** One check as the file defines it; `kind` tells the types of `scope` and `parameters`. */
export type DefinedCheck = {
  [K in CheckKind]: DefinedCheckBase & { kind: K; scope: ScopeOf<K>; parameters: ParametersOf<K> };
}[CheckKind];

export interface DefinedObjective extends Omit<ObjectiveEntry, 'checks'> {
  checks: readonly DefinedCheck[];
}

export interface ChecklistDefinition {
  file: string;
  hash: string;
  runAt: string;
  objectives: readonly DefinedObjective[];
}

function digestOf({ kind, version, scope, parameters }: CheckEntry): string {
  const { impl } = CHECK_KINDS[kind];
  return createHash('sha256')
    .update(JSON.stringify({ kind, impl, version, scope, parameters }))
    .digest('hex');
}

/** @throws FileError with line and column of everything that is wrong */
export function parseChecklist(text: string, file: string): ChecklistDefinition {
  const parsed: YamlFile<z.output<typeof checklistFile>> = parseYaml(text, file, checklistFile);
  const objectives = parsed.value.objectives.map((one, index) => ({
    ...one,
    checks: one.checks.map((entry, position) => {
      const { cadence, grace, ...rest } = entry;
      return {
        ...rest,
        objectiveKey: one.key,
        cadenceMs: cadence,
        graceMs: grace,
        mode: CHECK_KINDS[entry.kind].mode,
        digest: digestOf(entry),
        line: parsed.lineOf(['objectives', index, 'checks', position]),
      } as DefinedCheck;
    }),
  }));
  return { file, hash: parsed.hash, runAt: parsed.value.runAt, objectives };
}
