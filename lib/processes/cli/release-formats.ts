import type { Log } from 'sarif';
import type { GateItemDto, VerdictDto } from '@/lib/assurance/checklist/contract';
import { tableOf } from './table';

export const RELEASE_FORMATS = ['table', 'json', 'junit', 'sarif'] as const;
export type ReleaseFormat = (typeof RELEASE_FORMATS)[number];

/** XML 1.0 text: what it cannot hold is replaced. */
function xml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

const problemLines = (item: GateItemDto) =>
  item.problems.map(({ resource, outcome, detail }) => `${outcome}: ${resource}: ${detail}`);

function junitCase(item: GateItemDto, release: string): string {
  const open = `    <testcase name="${xml(item.title)}" classname="bulwark.${xml(release)}">`;
  if (!item.isBlocking) return `${open}<system-out>${xml(item.reason)}</system-out></testcase>`;
  const text = [...problemLines(item), item.remediation].join('\n');
  return `${open}\n      <failure type="${item.state}" message="${xml(item.reason)}">${xml(text)}</failure>\n    </testcase>`;
}

/** JUnit XML as CI systems read it: one test per item. */
export function junitOf({ release, items, decidedAt }: VerdictDto): string {
  const failures = items.filter(({ isBlocking }) => isBlocking).length;
  const counts = `tests="${items.length}" failures="${failures}" errors="0" skipped="0"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="bulwark" ${counts}>`,
    `  <testsuite name="release ${xml(release)}" timestamp="${decidedAt}" ${counts}>`,
    ...items.map((item) => junitCase(item, release)),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n');
}

const LEVELS = { critical: 'error', high: 'error', medium: 'warning', low: 'note' } as const;

/** SARIF 2.1.0: one result per item that blocks the release. */
export function sarifOf({ items, url, definitionFile }: VerdictDto & { definitionFile: string }): string {
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'bulwark release-gate',
            informationUri: url,
            rules: items.map((item) => ({
              id: item.objectiveKey,
              shortDescription: { text: item.title },
              help: { text: item.remediation || item.title },
            })),
          },
        },
        results: items
          .filter(({ isBlocking }) => isBlocking)
          .map((item) => ({
            ruleId: item.objectiveKey,
            level: LEVELS[item.severity],
            message: { text: [item.reason, ...problemLines(item)].join('\n') },
            locations: [
              { physicalLocation: { artifactLocation: { uri: definitionFile }, region: { startLine: 1 } } },
            ],
          })),
      },
    ],
  };
  return JSON.stringify(log, null, 2);
}

/** For people: what blocks first, then the rest, and where to read more. */
export function tableLines(verdict: VerdictDto): string[] {
  const blocking = verdict.items.filter(({ isBlocking }) => isBlocking);
  const others = verdict.items.filter(({ isBlocking }) => !isBlocking);
  const rows = [...blocking, ...others].map((item) => [
    item.state.toUpperCase(),
    item.severity,
    item.title,
    item.reason,
  ]);
  const override = verdict.override
    ? [`Overridden by ${verdict.override.by.name} on ${verdict.override.at}: ${verdict.override.reason}`]
    : [];
  return [
    ...tableOf([['state', 'severity', 'objective', 'why'], ...rows]),
    '',
    ...blocking.flatMap((item) => [
      `${item.title}:`,
      ...problemLines(item).map((line) => `  ${line}`),
      `  ${item.remediation}`,
    ]),
    ...(blocking.length > 0 ? [''] : []),
    ...override,
    `Release ${verdict.release} (${verdict.environment}): ${verdict.verdict === 'pass' ? 'passed' : `failed. Blocking objectives: ${blocking.length} of ${verdict.items.length}`}.`,
    verdict.url,
  ];
}
