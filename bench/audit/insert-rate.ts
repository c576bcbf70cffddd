import { randomUUID } from 'node:crypto';
import postgres, { type Sql } from 'postgres';
import { IS_SIGNAL } from '@/lib/platform/audit/filters';

const BATCH = 64;
const BATCHES_PER_ROUND = 150;
const ROUNDS = 16;

/** The same table with different indexes; `like audit_event` copies the columns. */
const VARIANTS: Record<string, string[]> = {
  'primary key only': [],
  'five single BRIN indexes (0001)': [
    'actor_id uuid_bloom_ops',
    'key_id uuid_bloom_ops',
    'ip inet_bloom_ops',
    'target_id text_bloom_ops',
    'action text_bloom_ops',
  ].map((column) => `using brin (${column}) with (pages_per_range = 64, autosummarize = on)`),
  'one BRIN, two partial indexes (0004)': [
    `using brin (at timestamptz_minmax_ops, actor_id uuid_bloom_ops (n_distinct_per_range = 800),
      key_id uuid_bloom_ops (n_distinct_per_range = 800), ip inet_bloom_ops (n_distinct_per_range = 800),
      target_id text_bloom_ops (n_distinct_per_range = 800)) with (pages_per_range = 32, autosummarize = on)`,
    `(tenant_id, at, id) where ${IS_SIGNAL}`,
    `(tenant_id, at, id) where outcome <> 'success'`,
  ],
  'three btree composites': ['actor_id', 'key_id', 'ip'].map(
    (column) => `(tenant_id, ${column}, at desc, id desc)`,
  ),
};

const tableOf = (variant: number) => `public.bench_insert_${variant}`;

async function prepare(admin: Sql): Promise<void> {
  for (const [i, indexes] of Object.values(VARIANTS).entries()) {
    await admin.unsafe(`drop table if exists ${tableOf(i)};
      create table ${tableOf(i)} (like public.audit_event including defaults, primary key (tenant_id, at, id))`);
    for (const index of indexes) await admin.unsafe(`create index on ${tableOf(i)} ${index}`);
  }
}

/** One batch as the gate writes it: a single statement, a single commit. */
async function insertBatch(sql: Sql, table: string): Promise<void> {
  const ids = Array.from({ length: BATCH }, () => randomUUID());
  const draws = Array.from({ length: BATCH }, () => Math.random());
  await sql`
    insert into ${sql(table)} (tenant_id, at, id, category, action, outcome, code, actor_type, actor_id, actor_label, key_id,
      key_version_id, ip, user_agent, method, host, path, status, duration_us, target_type, target_id, target_label, request_id)
    select '01930000-0000-7000-8000-00000000be00', clock_timestamp(), e.id, 'decision',
      case when e.draw < 0.01 then 'gate.refused_caller' else 'gate.verify' end, case when e.draw < 0.04 then 'denied' else 'success' end,
      'VALID', 'key', e.id, 'orders-service', e.id, e.id, '10.1.2.3', 'orders-service/2.14', 'POST', 'gate.internal', '/api/orders',
      200, 812, 'key', e.id::text, 'orders', e.id::text
    from unnest(${ids}::uuid[], ${draws}::float8[]) as e(id, draw)`;
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/** Rows per second of one connection writing batches of 64, by the indexes on the table; rounds take turns. */
export async function measureInserts(admin: Sql, urls: { superuser: string }): Promise<void> {
  await prepare(admin);
  const sql = postgres(urls.superuser, { max: 1, onnotice: () => undefined });
  const names = Object.keys(VARIANTS);
  const rates: number[][] = names.map(() => []);
  try {
    for (let round = 0; round <= ROUNDS; round++) {
      for (const i of names.keys()) {
        const startedMs = performance.now();
        for (let n = 0; n < BATCHES_PER_ROUND; n++) await insertBatch(sql, tableOf(i));
        if (round > 0) rates[i]?.push((BATCH * BATCHES_PER_ROUND * 1000) / (performance.now() - startedMs));
      }
    }
  } finally {
    await sql.end();
    for (const i of names.keys()) await admin.unsafe(`drop table if exists ${tableOf(i)}`);
  }
  const base = median(rates[0] ?? []);
  for (const [i, name] of names.entries()) {
    const rate = median(rates[i] ?? []);
    console.log(
      `insert, ${name}: ${Math.round(rate)} rows/s, ${(rate / base).toFixed(2)} of the primary key alone`,
    );
  }
}
