import { sql } from 'drizzle-orm';
import type { Observation } from '@/lib/assurance/checklist/contract';
import { DAY_MS } from '@/lib/platform/core/clock';
import { counted, nothingSeen, type RunCheck, resultOf, seen } from './check';

interface AssetRow extends Record<string, unknown> {
  name: string;
  complete_ms: number | null;
  last_status: string | null;
}

const BROKEN = new Map([
  ['failed', 'the last scan failed'],
  ['held', 'the last scan is held for review'],
  ['rejected', 'the last scan was rejected'],
]);

function judgeAsset(asset: AssetRow, maxAgeMs: number, nowMs: number): Observation {
  const href = `/scans?asset=${encodeURIComponent(asset.name)}`;
  if (asset.complete_ms === null) return seen(asset.name, 'fail', 'was never scanned completely', href);
  const ageMs = nowMs - Number(asset.complete_ms);
  const days = Math.floor(ageMs / DAY_MS);
  if (ageMs > maxAgeMs) return seen(asset.name, 'fail', `the last complete scan is ${days} days old`, href);
  const problem = BROKEN.get(asset.last_status ?? '');
  if (problem) return seen(asset.name, 'fail', problem, href);
  return seen(asset.name, 'pass', days === 0 ? 'scanned today' : `scanned ${days} days ago`, href);
}

/** The last complete scan of every known asset, of every tool that has scanned its main branch. */
export const checkScans: RunCheck<'scans'> = async ({ tenantId, scope, parameters, nowMs, read }) => {
  const rows = await read((tx) =>
    tx.execute<AssetRow>(sql`
      select a.name, (extract(epoch from max(s.last_complete_at)) * 1000)::float8 as complete_ms,
        (array_agg(s.last_status order by s.last_complete_at desc nulls last) filter (where s.id is not null))[1] as last_status
      from asset a left join scan_stream s on s.tenant_id = a.tenant_id and s.asset_id = a.id
      where a.tenant_id = ${tenantId} group by a.name order by a.name`),
  );
  const known = new Map(rows.map((row) => [row.name, row]));
  const names = scope.assets.length > 0 ? scope.assets : [...known.keys()];
  if (names.length === 0)
    return nothingSeen('not_available', 'No assets yet. Upload a scan, or list assets under scope.assets.');
  const observations = names.map((name) => {
    const asset = known.get(name) ?? { name, complete_ms: null, last_status: null };
    return judgeAsset(asset, parameters.maxAge, nowMs);
  });
  return resultOf('assets', observations, {
    well: `${counted(names.length, 'asset has', 'assets have')} a recent complete scan.`,
  });
};
