import { type SQL, sql } from 'drizzle-orm';
import type { ReadTx } from '@/db/scope';
import type { Level } from '@/lib/platform/facts/contract';
import { type Fact, type Found, NAMES_SHOWN } from '@/lib/platform/facts/fact';
import { levelOfObjective, worstOf } from '@/lib/platform/facts/rules';
import type { ContradictionDto } from './contract';
import { checklistDefinition } from './definition-file';
import { type Evaluation, evaluate, findContradictions, type JudgedObjective } from './evaluate';
import { isShown, type Shown } from './rules';

/** What of the objectives the page shows; nothing given, all of them. */
export const checklistHref = (shown?: Shown | 'contradictions' | 'requests'): string =>
  shown ? `/checklist?${new URLSearchParams({ show: shown })}` : '/checklist';

interface Judged extends Evaluation {
  contradictions: ContradictionDto[];
}

const readings = new WeakMap<object, Promise<Judged | null>>();

/** The checklist as it is in this transaction, judged once; null while its file cannot be read at all. */
function judged(tx: ReadTx, tenantId: string): Promise<Judged | null> {
  const known = readings.get(tx);
  if (known) return known;
  const reading = (async () => {
    const definition = currentDefinition();
    if (!definition) return null;
    const evaluation = await evaluate(tx, tenantId, definition);
    return { ...evaluation, contradictions: await findContradictions(tx, tenantId, evaluation.objectives) };
  })();
  readings.set(tx, reading);
  return reading;
}

function currentDefinition() {
  try {
    return checklistDefinition().current;
  } catch {
    return null;
  }
}

const NOTHING: Found = { count: 0, level: 'info', names: [], since: null, until: null };
const found = (names: readonly string[], level: Level): Found => ({
  ...NOTHING,
  count: names.length,
  level,
  names: names.slice(0, NAMES_SHOWN),
});

type Words = Pick<Fact, 'key' | 'one' | 'many' | 'remedy' | 'href'>;

const checklistFact = (words: Words, count: (checklist: Judged) => Found): Fact => ({
  permission: 'checklist:read',
  action: 'Open checklist',
  ...words,
  read: async (tx, tenantId) => {
    const checklist = await judged(tx, tenantId);
    return checklist ? count(checklist) : NOTHING;
  },
});

const SEVERITIES = ['critical', 'high', 'medium', 'low'];
const bySeverity = (a: JudgedObjective, b: JudgedObjective) =>
  SEVERITIES.indexOf(a.objective.severity) - SEVERITIES.indexOf(b.objective.severity);

function foundIn({ objectives }: Judged, shown: Shown): Found {
  const those = objectives.filter(({ state }) => isShown(state, shown)).sort(bySeverity);
  const levels = those.map(({ objective, state }) =>
    levelOfObjective(state === 'fail' ? 'fail' : 'unknown', objective.severity),
  );
  return found(
    those.map(({ objective }) => objective.title),
    worstOf(levels) ?? 'info',
  );
}

export const failingObjectives = checklistFact(
  {
    key: 'checklist.failing',
    one: 'checklist objective is failing',
    many: 'checklist objectives are failing',
    remedy: 'Failing pre-deployment objectives block releases.',
    href: checklistHref('failing'),
  },
  (checklist) => foundIn(checklist, 'failing'),
);

export const contradictions = checklistFact(
  {
    key: 'checklist.contradictions',
    one: 'contradiction between results of the checklist',
    many: 'contradictions between results of the checklist',
    remedy: 'Two answers to the same question cannot both be true. Find out which one is wrong.',
    href: checklistHref('contradictions'),
  },
  ({ contradictions: those, objectives }) => {
    const titleOf = (key: string) =>
      objectives.find(({ objective }) => objective.key === key)?.objective.title ?? key;
    return found(
      those.map(({ objectiveKey }) => titleOf(objectiveKey)),
      'warning',
    );
  },
);

export const exceptionsRequested = checklistFact(
  {
    key: 'checklist.exceptions_requested',
    one: 'checklist exception awaits approval',
    many: 'checklist exceptions await approval',
    remedy: 'Somebody else than who asked has to approve it, or let it be.',
    href: checklistHref('requests'),
  },
  ({ exceptions }) =>
    found(
      exceptions.filter(({ state }) => state === 'requested').map(({ checkKey }) => checkKey),
      'warning',
    ),
);

export const unknownObjectives = checklistFact(
  {
    key: 'checklist.unknown',
    one: 'checklist objective is unknown',
    many: 'checklist objectives are unknown',
    remedy: 'Run the checklist, and answer what only people can answer.',
    href: checklistHref('unknown'),
  },
  (checklist) => foundIn(checklist, 'unknown'),
);

/** The newest version of the file is not in force, or none was ever: what the page says of it. */
export const definitionProblems: Fact = {
  key: 'checklist.definition',
  permission: 'checklist:read',
  one: 'error in the checklist file',
  many: 'errors in the checklist file',
  remedy: 'Correct the file. Until then the previous version is in effect, or none.',
  action: 'Open checklist',
  href: checklistHref(),
  read: async () => {
    if (!currentDefinition()) return { ...NOTHING, count: 1, level: 'unknown' };
    return found(
      checklistDefinition().problems.map(({ line, message }) => `line ${line}: ${message}`),
      'warning',
    );
  },
};

/** What needs somebody, most urgent first. */
export const checklistFacts: readonly Fact[] = [
  failingObjectives,
  contradictions,
  definitionProblems,
  exceptionsRequested,
  unknownObjectives,
];

/** How many objectives pass of those that apply, as the page shows them; null while none can be judged. */
export async function countPassing(
  tx: ReadTx,
  tenantId: string,
): Promise<{ passing: number; applicable: number; hasRun: boolean } | null> {
  const checklist = await judged(tx, tenantId);
  if (!checklist) return null;
  const count = (shown: Shown) => checklist.objectives.filter(({ state }) => isShown(state, shown)).length;
  const hasRun = checklist.objectives.some(({ checks }) => checks.some(({ latest }) => latest !== null));
  return { passing: count('passing'), applicable: count('applicable'), hasRun };
}

/** An objective that began or ceased to pass. Times in ISO 8601. */
export interface TurnedObjective {
  key: string;
  title: string;
  state: string;
  before: string;
  at: string;
  /** Since when it stood on the other side; null: not known. */
  beforeSince: string | null;
}

const isGood = (column: SQL) => sql`${column} in ('pass', 'warn')`;

/** The objectives that stood on another side at the end of a span than before, each with its last turn. */
export async function readTurnedObjectives(
  tx: ReadTx,
  tenantId: string,
  from: string,
  to: string,
): Promise<TurnedObjective[]> {
  const rows = await tx.execute<Omit<TurnedObjective, 'title'> & Record<string, unknown>>(sql`
    select distinct on (s.objective_key) s.objective_key as key, s.state, s.before, to_json(s.at) #>> '{}' as at,
      (select to_json(max(p.at)) #>> '{}' from objective_state p
        where p.tenant_id = s.tenant_id and p.objective_key = s.objective_key and p.at < s.at) as "beforeSince"
    from objective_state s
    where s.tenant_id = ${tenantId}::uuid and s.at >= ${from}::timestamptz and s.at < ${to}::timestamptz
      and s.before is not null and (${isGood(sql`s.state`)}) <> (${isGood(sql`s.before`)})
    order by s.objective_key, s.at desc, s.id desc`);
  const checklist = await judged(tx, tenantId);
  const titles = new Map(checklist?.objectives.map(({ objective }) => [objective.key, objective.title]));
  return rows.flatMap((row) => {
    const title = titles.get(row.key);
    return title === undefined ? [] : [{ ...row, title }];
  });
}

/** FROM item: the last recorded state of each objective before a moment, as `objective`, `state`, `at`, `reason`. */
export const statesBefore = (tenantId: SQL, until: SQL): SQL =>
  sql`(select distinct on (objective_key) objective_key as objective, state, at, reason from objective_state
    where tenant_id = ${tenantId} and at < ${until} order by objective_key, at desc, id desc)`;

/** When a state was first recorded, ISO 8601; null: none ever was. */
export async function firstStateAt(tx: ReadTx, tenantId: string): Promise<string | null> {
  const [row] = await tx.execute<{ at: string | null }>(
    sql`select to_json(min(at)) #>> '{}' as at from objective_state where tenant_id = ${tenantId}::uuid`,
  );
  return row?.at ? new Date(row.at).toISOString() : null;
}

/** Whether a check ended in a span. */
export async function didRunBetween(
  tx: ReadTx,
  tenantId: string,
  from: string,
  to: string,
): Promise<boolean> {
  const rows = await tx.execute(sql`
    select 1 from check_run where tenant_id = ${tenantId}::uuid
      and finished_at >= ${from}::timestamptz and finished_at < ${to}::timestamptz limit 1`);
  return rows.length > 0;
}

/** What the release gate said. */
export interface DecidedRelease {
  id: string;
  release: string;
  verdict: string;
  decidedAt: string;
}

/** The verdicts of a span, the newest first. */
export async function readReleases(
  tx: ReadTx,
  tenantId: string,
  span: { from: string | null; to: string | null; limit: number },
): Promise<DecidedRelease[]> {
  const rows = await tx.execute<DecidedRelease & Record<string, unknown>>(sql`
    select id, release, verdict, to_json(decided_at) #>> '{}' as "decidedAt" from release_verdict
    where tenant_id = ${tenantId}::uuid and decided_at >= ${span.from}::timestamptz and decided_at < ${span.to}::timestamptz
    order by decided_at desc limit ${span.limit}`);
  return rows.map((row) => ({ ...row, decidedAt: new Date(row.decidedAt).toISOString() }));
}
