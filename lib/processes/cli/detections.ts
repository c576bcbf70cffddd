import { readFileSync } from 'node:fs';
import { EVENT_BODY_MAX } from '@/lib/access/gate/intake-contract';
import { FileError, readTextFile } from '@/lib/platform/core/yaml-file';
import { oneLine } from '@/lib/response/detections/parse/fields';
import { type ExplainedEvent, explainEvents } from '@/lib/response/detections/policy/explain-event';
import { parseDetectionPolicy } from '@/lib/response/detections/policy/policy-file';
import type { DetectionPolicy } from '@/lib/response/detections/policy/policy-schema';
import { type Command, type CommandResult, type OptionValues, textOf, UsageError } from './command';

const SHOWN_MAX = 20;

const stepOf = ({ why, change, to }: ExplainedEvent['steps'][number]) =>
  change === null ? `${why}: ${to}` : `${why} ${change > 0 ? `+${change}` : change}: ${to}`;

function linesOf({
  rule,
  isHealth,
  scope,
  added,
  severity,
  steps,
  notifies,
  exception,
}: ExplainedEvent): string[] {
  if (isHealth) return [oneLine(rule, 200), '  health of a sensor, no detection'];
  const more = added.map(({ field, value }) => `, ${field}=${value ?? 'none'}`).join('');
  return [
    oneLine(rule, 200),
    `  group      ${oneLine(`${scope}${more}`, 400)}`,
    `  severity   ${severity} (${steps.map(stepOf).join('; ')})`,
    `  notifies   ${exception === null && notifies ? 'yes' : 'no'}`,
    ...(exception === null ? [] : [`  expected   ${exception}`]),
  ];
}

function explain(policy: DetectionPolicy, values: OptionValues): CommandResult {
  const file = textOf(values, 'event');
  if (file === undefined) return { isOk: true, lines: [] };
  const body = readFileSync(file);
  if (body.length > EVENT_BODY_MAX)
    return {
      isOk: false,
      lines: [`${file} has ${body.length} bytes; the gate takes at most ${EVENT_BODY_MAX}.`],
    };
  const { events, problem } = explainEvents(body, policy, textOf(values, 'tenant') ?? '');
  const left = events.length - SHOWN_MAX;
  return {
    isOk: problem === null,
    lines: [
      ...events.slice(0, SHOWN_MAX).flatMap(linesOf),
      ...(left > 0 ? [`and ${left} more events`] : []),
      ...(problem === null ? [] : [problem]),
    ],
  };
}

function check(file: string, values: OptionValues): CommandResult {
  try {
    const policy = parseDetectionPolicy(readTextFile(file), file);
    const { grouping, severity, exceptions, sensors } = policy;
    const counts = [
      `${grouping.rules.length} group fields`,
      `${severity.rules.length} severities of rules`,
      `${exceptions.length} exceptions`,
      `${sensors.expected.length} expected hosts`,
    ];
    const { isOk, lines } = explain(policy, values);
    return { isOk, lines: [`${file} is valid: ${counts.join(', ')}.`, ...lines] };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return { isOk: false, lines: error.message.split('\n') };
  }
}

export const detectionsCheck: Command = {
  name: 'detections check',
  usage: '<file> [--event <events.json>] [--tenant <slug>]',
  summary: 'Validate a detections file, and optionally show what it makes of events of Falco',
  record: 'if possible',
  options: { event: { type: 'string' }, tenant: { type: 'string' } },
  async run({ values, positionals }) {
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0)
      throw new UsageError('Specify a file: bulwark detections check security/detections.yaml');
    return check(file, values);
  },
};
