import { stringify } from 'yaml';
import { printableJson } from '@/lib/platform/core/http/printable-json';
import type { DetectionKind } from '@/lib/response/detections/contract';

export interface PrintedException {
  id: string;
  kind: DetectionKind;
  rule: string;
  fields: Readonly<Record<string, string>>;
  reason: string;
  /** ISO 8601. */
  expiresAt: string;
}

const HOUR_MS = 3_600_000;
const commentOf = (text: string) => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();

/** `exceptions:` as Falco 0.36 and later append them to a rule of another file. */
function falcoYaml({ id, rule, fields, reason, expiresAt }: PrintedException): string {
  const names = Object.keys(fields);
  const name = `bulwark_${id.replace(/[^A-Za-z0-9]/g, '').slice(-12)}`;
  const item = {
    rule,
    exceptions: [
      {
        name,
        fields: names,
        comps: names.map(() => '='),
        values: [names.map((field) => fields[field] ?? '')],
      },
    ],
    override: { exceptions: 'append' },
  };
  const yaml = stringify([item], {
    defaultStringType: 'QUOTE_DOUBLE',
    defaultKeyType: 'PLAIN',
    lineWidth: 0,
  });
  return `# ${commentOf(reason)}\n# Until ${expiresAt.slice(0, 10)}.\n${yaml}`;
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
/** A matcher of Alertmanager; its own quotes are JSON's. */
const matcher = (name: string, value: string) => quoted(`${name}=${JSON.stringify(value)}`);

function silenceCommand({ rule, fields, reason, expiresAt }: PrintedException, nowMs: number): string {
  const matchers = Object.entries({ alertname: rule, ...fields }).map(([name, value]) =>
    matcher(name, value),
  );
  const hours = Math.max(1, Math.ceil((Date.parse(expiresAt) - nowMs) / HOUR_MS));
  return `amtool silence add --duration=${hours}h --comment=${quoted(commentOf(reason))} \\\n  ${matchers.join(' ')}\n`;
}

/** What to change where the events come from, so that they are not sent at all. */
export function upstreamOf(exception: PrintedException, nowMs: number): string {
  // Values stand in quotes that take the escapes of JSON, in YAML as in a matcher.
  return printableJson(exception.kind === 'falco' ? falcoYaml(exception) : silenceCommand(exception, nowMs));
}
