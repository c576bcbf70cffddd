import { tenant } from '@/db/schema/identity';
import { asSystem } from '@/db/scope';
import { jobActor, type TenantJob } from './contract';

/** Every tenant of the installation. */
export async function listTenantIds(): Promise<string[]> {
  const rows = await asSystem('worker: list tenants', (tx) => tx.select({ id: tenant.id }).from(tenant));
  return rows.map((row) => row.id);
}

/** Runs a job for every tenant in turn; one tenant's failure does not keep the others from their turn. */
export async function runForTenants(job: TenantJob): Promise<void> {
  const failures: unknown[] = [];
  for (const id of await listTenantIds()) {
    await job.run(jobActor(id, job.name)).catch((error: unknown) => failures.push(error));
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1)
    throw new AggregateError(failures, `${job.name} failed for ${failures.length} tenants`);
}
