import { and, eq, sql } from 'drizzle-orm';
import { z } from 'zod';
import { kevEntry } from '@/db/schema/findings';
import { inTenant } from '@/db/scope';
import { tellExploited } from '@/lib/assurance/findings/import/tell-scan';
import { recordAudit } from '@/lib/platform/audit/record';
import type { Actor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { AppError } from '@/lib/platform/core/errors';

const ENTRIES_MAX = 100_000;
const day = z.iso.date().nullish();

/** The catalogue of known exploited vulnerabilities, as CISA publishes it; what else it says is not read. */
const catalogue = z.object({
  catalogVersion: z.string().max(40).optional(),
  vulnerabilities: z
    .array(z.object({ cveID: z.string().regex(/^CVE-\d{4}-\d{4,19}$/), dateAdded: day, dueDate: day }))
    .min(1)
    .max(ENTRIES_MAX),
});

export interface KevResult {
  entries: number;
  /** Findings that are in the catalogue now. */
  findings: number;
}

/** Replaces the tenant's catalogue and marks its findings again. @throws AppError `bad_request` for anything else */
export async function refreshKev(actor: Actor, content: unknown): Promise<KevResult> {
  requirePermission(actor, 'findings:write');
  const parsed = catalogue.safeParse(content);
  if (!parsed.success) {
    throw new AppError(
      'bad_request',
      'This is not the catalogue of known exploited vulnerabilities in JSON.',
      { cause: parsed.error },
    );
  }
  const rows = parsed.data.vulnerabilities.map(({ cveID, dateAdded, dueDate }) => ({
    cve_id: cveID,
    added_on: dateAdded,
    due_on: dueDate,
  }));
  return inTenant(actor, async (tx) => {
    const { tenantId } = actor;
    await tx.execute(sql`select set_config('statement_timeout', '120000', true)`);
    await tx.delete(kevEntry).where(eq(kevEntry.tenantId, tenantId));
    await tx.execute(sql`
      insert into kev_entry (tenant_id, cve_id, added_on, due_on)
      select distinct on (r.cve_id) ${tenantId}::uuid, r.cve_id, r.added_on, r.due_on
      from json_to_recordset(${JSON.stringify(rows)}::json) as r(cve_id text, added_on date, due_on date)`);
    const changed = await tx.execute<{ id: string; isNews: boolean }>(sql`
      update finding f set is_kev = not f.is_kev
      where f.tenant_id = ${tenantId}::uuid and f.kind = 'vulnerability' and f.is_kev <> exists (select 1 from kev_entry k
        where k.tenant_id = f.tenant_id and (k.cve_id = f.rule_id or k.cve_id = any(f.aliases)))
      returning f.id, f.is_kev and f.status = 'open' as "isNews"`);
    const news = changed.filter(({ isNews }) => isNews).map(({ id }) => id);
    if (news.length > 0) await tellExploited(tx, tenantId, news);
    const [entries] = await tx
      .select({ n: sql<number>`count(*)::integer` })
      .from(kevEntry)
      .where(and(eq(kevEntry.tenantId, tenantId)));
    const [marked] = await tx.execute<{ n: number }>(
      sql`select count(*)::integer as n from finding where tenant_id = ${tenantId}::uuid and is_kev`,
    );
    const result = { entries: entries?.n ?? 0, findings: marked?.n ?? 0 };
    await recordAudit(tx, actor, {
      action: 'kev.refreshed',
      details: { ...result, version: parsed.data.catalogVersion ?? null },
    });
    return result;
  });
}
