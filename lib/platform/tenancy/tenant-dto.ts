import type { tenant } from '@/db/schema/identity';
import type { TenantDto } from './contract';

export function tenantDtoOf(row: typeof tenant.$inferSelect): TenantDto {
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    timeZone: row.timeZone,
    version: row.version,
    createdAt: row.createdAt.toISOString(),
  };
}
