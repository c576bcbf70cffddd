import {
  type AnomalyRule,
  actorFilter,
  type Candidate,
  doneFilter,
  type Look,
  plural,
  sumOf,
} from '@/lib/response/anomalies/rule';

const EXPORTS = new Set([
  'audit.exported',
  'audit.export_started',
  'findings.exported',
  'findings.export_started',
]);
const ENDINGS = new Set([
  'key.revoked',
  'key.version_revoked',
  'key.disabled',
  'member.disabled',
  'auth.session_revoked',
  'finding.decided',
  'notification.channel_disabled',
]);

interface Kind {
  name: string;
  words: [string, string];
  actions: ReadonlySet<string>;
  limit: string;
}

const KINDS: readonly Kind[] = [
  {
    name: 'exports',
    words: ['export of the audit log', 'exports of the audit log'],
    actions: EXPORTS,
    limit: 'exports',
  },
  {
    name: 'endings',
    words: ['object revoked, disabled or decided away', 'objects revoked, disabled or decided away'],
    actions: ENDINGS,
    limit: 'endings',
  },
];

function usualOf({ history }: Look, actor: string, actions: ReadonlySet<string>): string {
  const known = [...(history.of(actor)?.actions.keys() ?? [])].filter((action) => actions.has(action));
  return known.length === 0 ? 'never before' : 'occasionally';
}

function candidateOf(
  look: Look,
  { name, words, actions, limit }: Kind,
  actor: string,
  rows: Look['rows'],
): Candidate[] {
  const count = sumOf(rows);
  if (count < (look.parameters[limit] ?? Number.POSITIVE_INFINITY)) return [];
  const label = rows[0]?.label || actor;
  const observed = `${plural(count, ...words)} in an hour`;
  const usual = usualOf(look, actor, actions);
  return [
    {
      subject: `${actor} ${name}`,
      label,
      severity: 'high',
      sentence: `${label}: ${observed}; usual: ${usual}.`,
      observed,
      usual,
      count,
      q: `${actorFilter(actor)} ${doneFilter(rows)}`,
    },
  ];
}

export const massExport: AnomalyRule = {
  key: 'mass_export',
  title: 'Mass export or mass revocation',
  about:
    'One actor exports the audit log repeatedly, or revokes, disables or dismisses many items within an hour.',
  severity: 'high',
  learningDays: 0,
  parameters: {
    exports: { label: 'Exports in an hour', standard: 5, min: 1, max: 1000 },
    endings: { label: 'Endings in an hour', standard: 25, min: 2, max: 100_000 },
  },
  evaluate: (look) =>
    KINDS.flatMap((kind) => {
      const rows = look.rows.filter(({ action, result }) => result === 'ok' && kind.actions.has(action));
      return [...Map.groupBy(rows, ({ actor }) => actor)].flatMap(([actor, own]) =>
        candidateOf(look, kind, actor, own),
      );
    }),
};
