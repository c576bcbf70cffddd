import type { Observation } from '@/lib/assurance/checklist/contract';
import { type AssetScan, assetScansHref, readAssetScans } from '@/lib/assurance/findings/facts';
import { DAY_MS } from '@/lib/platform/core/clock';
import { counted, nothingSeen, type RunCheck, resultOf, seen } from './check';

const BROKEN = new Map([
  ['failed', 'the last scan failed'],
  ['held', 'the last scan is held for review'],
  ['rejected', 'the last scan was rejected'],
]);

function judgeAsset(asset: AssetScan, maxAgeMs: number, nowMs: number): Observation {
  const href = assetScansHref(asset.name);
  if (asset.completeMs === null) return seen(asset.name, 'fail', 'was never scanned completely', href);
  const ageMs = nowMs - asset.completeMs;
  const days = Math.floor(ageMs / DAY_MS);
  if (ageMs > maxAgeMs) return seen(asset.name, 'fail', `the last complete scan is ${days} days old`, href);
  const problem = BROKEN.get(asset.lastStatus ?? '');
  if (problem) return seen(asset.name, 'fail', problem, href);
  return seen(asset.name, 'pass', days === 0 ? 'scanned today' : `scanned ${days} days ago`, href);
}

/** The last complete scan of every known asset, of every tool that has scanned its main branch. */
export const checkScans: RunCheck<'scans'> = async ({ tenantId, scope, parameters, nowMs, read }) => {
  const rows = await read((tx) => readAssetScans(tx, tenantId));
  const known = new Map(rows.map((row) => [row.name, row]));
  const names = scope.assets.length > 0 ? scope.assets : [...known.keys()];
  if (names.length === 0)
    return nothingSeen('not_available', 'No assets yet. Upload a scan, or list assets under scope.assets.');
  const observations = names.map((name) => {
    const asset = known.get(name) ?? { name, completeMs: null, lastStatus: null };
    return judgeAsset(asset, parameters.maxAge, nowMs);
  });
  return resultOf('assets', observations, {
    well: `${counted(names.length, 'asset has', 'assets have')} a recent complete scan.`,
  });
};
