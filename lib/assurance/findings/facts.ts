import { type Column, type SQL, sql } from 'drizzle-orm';
import { scan } from '@/db/schema/findings';
import type { ReadTx } from '@/db/scope';
import { type Fact, type Found, NAMES_SHOWN, type SqlFact, sqlFact } from '@/lib/platform/facts/fact';
import { filterClause } from '@/lib/platform/facts/rules';
import { type FindingFilterInput, findingFilterInput, type ScanNeed } from './contract';
import { allOf, conditionsOf } from './read/finding-filter';
import { SCAN_CONDITIONS } from './read/scan-conditions';

/** What the filter of the screen calls a parameter of the API. */
const CLAUSE_KEYS: Partial<Record<keyof FindingFilterInput, string>> = { status: 'state' };

/** The list of exactly the findings of a filter; without a status those that are open. */
export function findingsHref(filter: FindingFilterInput, more: Record<string, string> = {}): string {
  const clauses = Object.entries(filter).flatMap(([name, value]) =>
    [value]
      .flat()
      .map((one) => filterClause(CLAUSE_KEYS[name as keyof FindingFilterInput] ?? name, String(one))),
  );
  return `/findings?${new URLSearchParams({ q: clauses.join(' '), ...more })}`;
}

/** One finding, whatever became of it. */
export const findingHref = (id: string): string => findingsHref({}, { q: 'state:any', open: id });

const findingsFrom = (tenantId: string, filter: FindingFilterInput): SQL =>
  sql`finding where ${allOf(tenantId, conditionsOf(tenantId, findingFilterInput.parse(filter)))}`;

/** The level of an open finding, in the order of `levelOfFinding` in the rules of facts. */
const levelOfRow = sql`case when severity = 'critical' or is_kev or (due_at < statement_timestamp() and severity = 'high') then 'danger'
  when severity = 'high' or due_at < statement_timestamp() then 'warning' else 'info' end`;

type FindingFact = Pick<SqlFact, 'key' | 'one' | 'many' | 'remedy' | 'order' | 'since'>;

function findingFact(filter: FindingFilterInput, fact: FindingFact): Fact {
  return sqlFact({
    permission: 'findings:read',
    action: 'Open findings',
    href: findingsHref(filter),
    from: (tenantId) => findingsFrom(tenantId, filter),
    name: sql`title`,
    owner: sql`owner_user_id`,
    level: levelOfRow,
    ...fact,
  });
}

/** Counted in the tally, which is exact and as quick for a million findings: severity, status and the like alone. */
function talliedFact(filter: FindingFilterInput, level: Found['level'], fact: FindingFact): Fact {
  const counted = findingFact(filter, fact);
  return {
    ...counted,
    read: async (tx, tenantId) => {
      const where = allOf(tenantId, conditionsOf(tenantId, findingFilterInput.parse(filter)));
      const [tally] = await tx.execute<{ count: number }>(
        sql`select coalesce(sum(change), 0)::integer as count from finding_tally where ${where}`,
      );
      const first =
        (tally?.count ?? 0) === 0
          ? []
          : await tx.execute<{
              name: string;
              at: string;
            }>(sql`select title as name, to_json(opened_at) #>> '{}' as at
              from ${findingsFrom(tenantId, filter)} order by ${fact.order} limit ${NAMES_SHOWN}`);
      const since = first[0] ? new Date(first[0].at).toISOString() : null;
      return { count: tally?.count ?? 0, level, names: first.map(({ name }) => name), since, until: null };
    },
  };
}

const byRank = sql`severity_rank, opened_at, id`;

export const overdue = findingFact(
  { sla: 'overdue' },
  {
    key: 'findings.overdue',
    one: 'finding is overdue',
    many: 'findings are overdue',
    remedy: 'Fix each one, or record a decision.',
    since: sql`due_at`,
    order: sql`severity_rank, due_at, id`,
  },
);

export const exploited = talliedFact({ kev: 'true' }, 'danger', {
  key: 'findings.exploited',
  one: 'open finding is known to be exploited',
  many: 'open findings are known to be exploited',
  remedy: 'These vulnerabilities are being actively exploited. Fix them first.',
  order: byRank,
});

export const openCritical = talliedFact({ severity: 'critical' }, 'danger', {
  key: 'findings.critical',
  one: 'critical finding is open',
  many: 'critical findings are open',
  remedy: 'Fix each one before its due date, or record a decision.',
  order: byRank,
});

export const openHigh = talliedFact({ severity: 'high' }, 'warning', {
  key: 'findings.high',
  one: 'high finding is open',
  many: 'high findings are open',
  remedy: 'Fix each one before its due date, or record a decision.',
  order: byRank,
});

export const acceptancesRequested = sqlFact({
  key: 'findings.acceptance_requested',
  permission: 'findings:read',
  one: 'risk acceptance awaits approval',
  many: 'risk acceptances await approval',
  remedy: 'Approve or decline each one.',
  action: 'Open findings',
  href: findingsHref({ acceptance: 'requested' }),
  from: (tenantId) => findingsFrom(tenantId, { acceptance: 'requested' }),
  name: sql`title`,
  level: 'warning',
  order: byRank,
});

const scansHref = (key: string, value: string) =>
  `/scans?${new URLSearchParams({ q: filterClause(key, value) })}`;
/** The scans of an asset. */
export const assetScansHref = (asset: string): string => scansHref('asset', asset);

const scanName = sql`(select concat_ws(' ', a.name, ${scan.tool}) from asset a
  where a.tenant_id = ${scan.tenantId} and a.id = ${scan.assetId})`;

type ScanFact = Pick<SqlFact, 'key' | 'one' | 'many' | 'remedy' | 'level' | 'href'>;

const scanFact = (condition: SQL, fact: ScanFact): Fact =>
  sqlFact({
    permission: 'scans:read',
    action: 'Open scans',
    from: (tenantId) => sql`${scan} where ${scan.tenantId} = ${tenantId}::uuid and ${condition}`,
    name: scanName,
    since: sql`${scan.createdAt}`,
    order: sql`${scan.createdAt} desc`,
    ...fact,
  });

const needsHref = (need: ScanNeed) => scansHref('is', need);

export const heldScans = scanFact(sql`${scan.status} = 'held'`, {
  key: 'scans.held',
  one: 'scan is held for review',
  many: 'scans are held for review',
  remedy: 'Each would close findings that it lacks. Confirm it, or reject it and scan again.',
  level: 'warning',
  href: scansHref('status', 'held'),
});

export const failingScans = scanFact(SCAN_CONDITIONS.failing, {
  key: 'scans.failing',
  one: 'source failed to scan',
  many: 'sources failed to scan',
  remedy: 'Read the reason and scan again. Until then nobody knows what is new there.',
  level: 'warning',
  href: needsHref('failing'),
});

export const staleSources = scanFact(SCAN_CONDITIONS.stale, {
  key: 'scans.stale',
  one: 'asset has not been scanned for 7 days',
  many: 'assets have not been scanned for 7 days',
  remedy: 'Scan them again. Until then new findings there are not known.',
  level: 'unknown',
  href: needsHref('stale'),
});

/** Nobody ever scanned anything: what would be found is not known. */
export const nothingScanned: Fact = {
  key: 'scans.none',
  permission: 'scans:read',
  one: '',
  many: '',
  absence: 'No scan was ever imported',
  remedy: 'Upload a report, or let Bulwark scan a target.',
  action: 'Open scans',
  href: '/scans',
  read: async (tx, tenantId) => {
    const isScanned = (await firstScanAt(tx, tenantId)) !== null;
    return { count: isScanned ? 0 : 1, level: 'unknown', names: [], since: null, until: null };
  },
};

/** What needs somebody, most urgent first. */
export const findingFacts: readonly Fact[] = [
  overdue,
  exploited,
  openCritical,
  openHigh,
  heldScans,
  failingScans,
  acceptancesRequested,
  staleSources,
  nothingScanned,
];

/** When the first scan was imported, ISO 8601; null: none was. */
export async function firstScanAt(tx: ReadTx, tenantId: string): Promise<string | null> {
  const [row] = await tx.execute<{ at: string | null }>(sql`
    select to_json(min(finished_at)) #>> '{}' as at from scan
    where tenant_id = ${tenantId}::uuid and status in ('done', 'held', 'confirmed', 'rejected')`);
  return row?.at ? new Date(row.at).toISOString() : null;
}

/** Whether a scan was imported in a span. */
export async function wasScannedBetween(
  tx: ReadTx,
  tenantId: string,
  from: string,
  to: string,
): Promise<boolean> {
  const rows = await tx.execute(sql`
    select 1 from scan where tenant_id = ${tenantId}::uuid and status in ('done', 'held', 'confirmed')
      and finished_at >= ${from}::timestamptz and finished_at < ${to}::timestamptz limit 1`);
  return rows.length > 0;
}

/** FROM item: the findings of a tenant with the columns of `finding`; it must be given a name. */
export const findingsOf = (tenantId: string): SQL =>
  sql`(select * from finding where tenant_id = ${tenantId}::uuid)`;

/** FROM item: the same with the name of the asset as `asset`. */
export const namedFindings = (tenantId: string): SQL =>
  sql`(select f.*, a.name as asset from finding f join asset a on a.tenant_id = f.tenant_id and a.id = f.asset_id
    where f.tenant_id = ${tenantId}::uuid)`;

/** FROM item: what happened to findings, with the columns of `finding_event`; it must be given a name. */
export const findingEvents = (tenantId: string): SQL =>
  sql`(select * from finding_event where tenant_id = ${tenantId}::uuid)`;

/** FROM item: the open findings that are known to be exploited, as `id`, `opened_at`, `is_overdue`. */
export const exploitedFindings = (tenantId: string): SQL =>
  sql`(select id, opened_at, coalesce(due_at < now(), false) as is_overdue from finding
    where tenant_id = ${tenantId}::uuid and is_kev and status = 'open')`;

/** Scalars of one scan, by columns of the caller's statement. */
export const scanStatusOf = (tenantId: Column, scanId: Column): SQL =>
  sql`(select s.status from scan s where s.tenant_id = ${tenantId} and s.id = ${scanId})`;
export const scanFoundOf = (tenantId: Column, scanId: Column): SQL =>
  sql`(select s.found from scan s where s.tenant_id = ${tenantId} and s.id = ${scanId})`;

const among = (values: readonly string[]) =>
  sql`any(array(select json_array_elements_text(${JSON.stringify(values)}::json)))`;
const inAssets = (names: readonly string[]) => (names.length > 0 ? sql`and a.name = ${among(names)}` : sql``);

/** A finding that is open or accepted, as the checklist tells of it. */
export interface SevereFinding {
  id: string;
  title: string;
  severity: string;
  status: 'open' | 'accepted';
  asset: string;
  ruleId: string;
}

export interface SevereFindings {
  /** Streams that were scanned completely at least once. */
  streams: number;
  open: number;
  accepted: number;
  /** The open ones first, then the worst. */
  items: SevereFinding[];
}

/** Open and accepted findings of some severities in the assets named, or in all. */
export async function readSevereFindings(
  tx: ReadTx,
  tenantId: string,
  { severities, assets, limit }: { severities: readonly string[]; assets: readonly string[]; limit: number },
): Promise<SevereFindings> {
  const [completed] = await tx.execute<{ n: number }>(sql`
    select count(*)::int as n from scan_stream s join asset a on a.tenant_id = s.tenant_id and a.id = s.asset_id
    where s.tenant_id = ${tenantId}::uuid and s.last_complete_at is not null ${inAssets(assets)}`);
  const severe = sql`finding f join asset a on a.tenant_id = f.tenant_id and a.id = f.asset_id
    where f.tenant_id = ${tenantId}::uuid and f.status in ('open', 'accepted') and f.severity = ${among(severities)} ${inAssets(assets)}`;
  const counts = await tx.execute<{ status: string; n: number }>(
    sql`select f.status, count(*)::int as n from ${severe} group by f.status`,
  );
  const items = await tx.execute<SevereFinding & Record<string, unknown>>(sql`
    select f.id, f.title, f.severity, f.status, f.rule_id as "ruleId", a.name as asset from ${severe}
    order by f.status desc, f.severity_rank, f.opened_at, f.id limit ${limit}`);
  const countOf = (status: string) => counts.find((row) => row.status === status)?.n ?? 0;
  return {
    streams: completed?.n ?? 0,
    open: countOf('open'),
    accepted: countOf('accepted'),
    items: [...items],
  };
}

/** When an asset was last scanned completely, and how its newest stream ended. */
export interface AssetScan {
  name: string;
  completeMs: number | null;
  lastStatus: string | null;
}

/** Every known asset, by name. */
export async function readAssetScans(tx: ReadTx, tenantId: string): Promise<AssetScan[]> {
  const rows = await tx.execute<AssetScan & Record<string, unknown>>(sql`
    select a.name, (extract(epoch from max(s.last_complete_at)) * 1000)::float8 as "completeMs",
      (array_agg(s.last_status order by s.last_complete_at desc nulls last) filter (where s.id is not null))[1] as "lastStatus"
    from asset a left join scan_stream s on s.tenant_id = a.tenant_id and s.asset_id = a.id
    where a.tenant_id = ${tenantId}::uuid group by a.name order by a.name`);
  return [...rows];
}

/** The newest complete scan of an image, and how many open high or critical findings its asset has. */
export interface ImageScan {
  asset: string;
  ageDays: number;
  severe: number;
}

/** @param digest `sha256:…`, of the manifest or the configuration */
export async function readImageScan(
  tx: ReadTx,
  tenantId: string,
  digest: string,
  withinDays: number,
): Promise<ImageScan | null> {
  const [found] = await tx.execute<ImageScan & Record<string, unknown>>(sql`
    select a.name as asset, floor(extract(epoch from now() - s.finished_at) / 86400)::int as "ageDays",
      (select count(*)::int from finding f where f.tenant_id = s.tenant_id and f.asset_id = s.asset_id
        and f.status = 'open' and f.severity in ('critical', 'high')) as severe
    from scan s join asset a on a.tenant_id = s.tenant_id and a.id = s.asset_id
    where s.tenant_id = ${tenantId}::uuid and s.status in ('done', 'confirmed') and s.is_complete
      and s.created_at > now() - make_interval(days => ${withinDays}::integer)
      and s.images @> array[${digest}::text] and s.images <> '{}'::text[]
    order by s.created_at desc limit 1`);
  return found ?? null;
}
