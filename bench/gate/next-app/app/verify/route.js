import { createHmac, randomUUID } from 'node:crypto';
import postgres from 'postgres';

/** What a handler in the console would do: verify the key with a cache, insert one audit row, answer. */
const sql = postgres(process.env.BENCH_DATABASE_URL ?? '', { max: 16 });
const pepper = process.env.BENCH_PEPPER ?? '';
const cache = new Map();

async function find(key) {
  const publicId = key.slice(9, 25);
  const known = cache.get(publicId);
  if (known) return known;
  const [row] = await sql`select tenant_id as "tenantId", key_id as "keyId", digest
    from api_key_version where public_id = ${publicId}`;
  if (row) cache.set(publicId, row);
  return row;
}

export async function POST(request) {
  const input = await request.json();
  const known = await find(input.key);
  const valid = known?.digest === createHmac('sha256', pepper).update(input.key).digest('hex');
  const requestId = randomUUID();
  if (known) {
    await sql`insert into audit_event (tenant_id, at, id, category, action, outcome, code, actor_type, actor_id, key_id,
        ip, method, path, status, request_id)
      values (${known.tenantId}, clock_timestamp(), ${requestId}, 'decision', 'gate.verify', 'success', 'VALID', 'key',
        ${known.keyId}, ${known.keyId}, ${input.ip}, ${input.method}, ${input.path}, 200, ${requestId})`;
  }
  return Response.json({
    valid,
    code: valid ? 'VALID' : 'NOT_FOUND',
    keyId: known?.keyId ?? null,
    requestId,
  });
}
