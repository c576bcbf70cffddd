import { type SQL, sql } from 'drizzle-orm';
import { scan } from '@/db/schema/findings';
import type { ScanNeed } from '@/lib/assurance/findings/contract';

/** An asset without a complete scan for so many days is no longer known. */
export const SCAN_STALE_DAYS = 7;
/** A failure that is older is given up. */
const FAILING_DAYS = 30;

const days = (count: number) => sql.raw(`interval '${count} days'`);
const isLater = sql`l.tenant_id = ${scan.tenantId} and l.asset_id = ${scan.assetId}
  and (l.created_at, l.id) > (${scan.createdAt}, ${scan.id})`;

/** What may be asked of the list of scans beside the status; facts count by the same conditions. */
export const SCAN_CONDITIONS: Readonly<Record<ScanNeed, SQL>> = {
  /** The newest of its source failed: nothing of the same asset, branch, category and tool has ended since. */
  failing: sql`(${scan.status} = 'failed' and ${scan.createdAt} > statement_timestamp() - ${days(FAILING_DAYS)}
    and not exists (select from scan l where ${isLater} and l.branch = ${scan.branch} and l.category = ${scan.category}
      and (${scan.tool} is null or l.tool is null or l.tool = ${scan.tool}) and l.status not in ('queued', 'running')))`,
  /** The newest complete one of its asset, and too old to say what is there now. */
  stale: sql`(${scan.isComplete} and ${scan.status} in ('done', 'held', 'confirmed', 'rejected')
    and ${scan.createdAt} < statement_timestamp() - ${days(SCAN_STALE_DAYS)}
    and not exists (select from scan l where ${isLater} and l.is_complete and l.status in ('done', 'held', 'confirmed', 'rejected')))`,
};
