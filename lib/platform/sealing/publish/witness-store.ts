import { sql } from 'drizzle-orm';
import { inTenant, readDeciding } from '@/db/scope';
import { installationActor } from '../installation-actor';
import { INSTALLATION_ID } from '../rules';
import type { PolicyWitness } from '../tlog/policy';
import type { WitnessAnswer } from './witness-client';

/** The sizes that the witnesses cosigned last, by name. */
export async function readWitnessSizes(): Promise<Map<string, { keyName: string; size: number }>> {
  const rows = await readDeciding(installationActor(), (tx) =>
    tx.execute<{ name: string; keyName: string; size: number }>(sql`
      select name, key_name as "keyName", size::float8 as size from public.audit_witness
      where tenant_id = ${INSTALLATION_ID}::uuid`),
  );
  return new Map(rows.map(({ name, keyName, size }) => [name, { keyName, size }]));
}

/** Keeps what a witness said. `size` and `cosigned_at` stay those of its last cosignature. */
// guard: the worker's own bookkeeping; an alarm is recorded as an event of its own
export async function storeWitnessAnswer(
  witness: PolicyWitness,
  size: number,
  cosignedKeys: readonly string[],
  answer: WitnessAnswer,
): Promise<void> {
  const isCosigned = answer.kind === 'cosigned';
  const problem = isCosigned ? null : answer;
  await inTenant(installationActor(), (tx) =>
    tx.execute(sql`
      insert into public.audit_witness as w (tenant_id, name, key_name, url, size, cosigned_at, cosigned_keys, problem,
        problem_kind, problem_at)
      values (${INSTALLATION_ID}::uuid, ${witness.name}, ${witness.key.name}, ${witness.url},
        ${isCosigned ? size : 0}::bigint, ${isCosigned ? new Date().toISOString() : null}::timestamptz,
        ${isCosigned ? `{${cosignedKeys.map((key) => JSON.stringify(key)).join(',')}}` : '{}'}::text[],
        ${problem?.message ?? null}, ${problem?.problem ?? null},
        ${problem ? new Date().toISOString() : null}::timestamptz)
      on conflict (tenant_id, name) do update set key_name = excluded.key_name, url = excluded.url,
        size = case when ${isCosigned}::boolean then excluded.size else w.size end,
        cosigned_at = coalesce(excluded.cosigned_at, w.cosigned_at),
        cosigned_keys = case when ${isCosigned}::boolean then excluded.cosigned_keys else w.cosigned_keys end,
        problem = excluded.problem, problem_kind = excluded.problem_kind, problem_at = excluded.problem_at`),
  );
}
