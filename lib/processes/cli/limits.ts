import { invalidInput } from '@/lib/platform/auth/request/api-input';
import { FileError, readTextFile } from '@/lib/platform/core/yaml-file';
import { type ExplainedRuleDto, explainLimitsInput, type RuleMiss } from '@/lib/platform/rate-limit/contract';
import { explainPolicy } from '@/lib/platform/rate-limit/explain';
import { type LoadedPolicy, parsePolicy } from '@/lib/platform/rate-limit/policy-file';
import { type Command, type CommandResult, type OptionValues, textOf, UsageError } from './command';
import { tableOf } from './table';

const DESCRIBING = ['at', 'method', 'host', 'path', 'ip', 'user', 'key', 'owner'] as const;

const WHY_NOT: Record<RuleMiss, string> = {
  plane: 'applies to the other surface (at)',
  method: 'is for other methods',
  host: 'is for other hosts',
  path: 'is for other paths',
  subject: 'the request has no matching subject (per)',
  failures: 'counts only keys that do not exist',
};

function limitRows({ rule, subject }: ExplainedRuleDto): string[][] {
  const effect = rule.mode === 'shadow' ? 'shadow, refuses nothing' : `without Redis: ${rule.onStoreFailure}`;
  return rule.windows.map(({ name, quota, windowSeconds, line }) => [
    `  line ${line}`,
    name,
    `${quota} in ${windowSeconds} s`,
    rule.cost === 1 ? '' : `each counts ${rule.cost}`,
    subject ?? '',
    effect,
  ]);
}

function explain(policy: LoadedPolicy, values: OptionValues): string[] {
  const asked = Object.fromEntries(
    DESCRIBING.flatMap((name) => {
      const value = textOf(values, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
  if (Object.keys(asked).length === 0) return [];
  const input = explainLimitsInput.safeParse(asked);
  if (!input.success) throw invalidInput(input.error);
  const rules = explainPolicy(policy, input.data);
  const applying = rules.filter(({ miss }) => miss === null);
  const others = rules.filter(({ miss }) => miss !== null);
  return [
    applying.length === 0 ? 'No limit applies to this request.' : 'Limits that apply to this request:',
    ...tableOf(applying.flatMap(limitRows)),
    ...(others.length === 0 ? [] : ['Not:']),
    ...tableOf(others.map(({ rule, miss }) => [`  line ${rule.line}`, rule.name, miss ? WHY_NOT[miss] : ''])),
  ];
}

function check(file: string, values: OptionValues): CommandResult {
  try {
    const policy = parsePolicy(readTextFile(file), file);
    const windows = policy.rules.reduce((sum, { limits }) => sum + limits.length, 0);
    const summary = `${file} is valid: ${policy.rules.length} limits with ${windows} windows.`;
    return { isOk: true, lines: [summary, ...explain(policy, values)] };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return { isOk: false, lines: error.message.split('\n') };
  }
}

export const limitsCheck: Command = {
  name: 'limits check',
  usage:
    '<file> [--at gate|console] [--method GET] [--host <host>] [--path </path>] [--ip <address>] [--user <id>] [--key <id>] [--owner <id>]',
  summary: 'Validate a rate limit file, and optionally test which limits apply to a request',
  record: 'if possible',
  options: Object.fromEntries(DESCRIBING.map((name) => [name, { type: 'string' as const }])),
  async run({ values, positionals }) {
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0)
      throw new UsageError('Specify a file: bulwark limits check security/rate-limit.yaml');
    return check(file, values);
  },
};
