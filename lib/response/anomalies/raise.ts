import { sql } from 'drizzle-orm';
import type { WriteTx } from '@/db/scope';
import { recordAudit } from '@/lib/platform/audit/record';
import type { JobActor } from '@/lib/platform/auth/contract';
import { HOUR_MS } from '@/lib/platform/core/clock';
import { newId } from '@/lib/platform/core/ids';
import { notify } from '@/lib/platform/notifications/notify';
import { type AnomalySource, sourceTitle } from './anomaly-source';
import type { Candidate } from './rule';

const TEXT_MAX = 500;
const FILTER_MAX = 2_000;
const storable = (text: string, max = TEXT_MAX) =>
  text.slice(0, max).toWellFormed().replaceAll('\u0000', '\uFFFD');

/** What is kept beside the sentence: of the hour that it speaks of, `at`. */
const factsOf = ({ observed, usual, q }: Candidate, at: string) =>
  JSON.stringify({ observed: storable(observed), usual: storable(usual), q: storable(q, FILTER_MAX), at });

interface Ongoing extends Record<string, unknown> {
  id: string;
}

/** The same one that went on in this hour or the hour before: it is told once, however long it lasts. */
async function goOn(
  tx: WriteTx,
  tenantId: string,
  rule: AnomalySource,
  candidate: Candidate,
  at: string,
): Promise<boolean> {
  const rows = await tx.execute<Ongoing>(sql`
    update anomaly set last_at = greatest(last_at, ${at}::timestamptz), count = greatest(count, ${candidate.count}::integer),
      sentence = case when ${candidate.count}::integer > count then ${storable(candidate.sentence)} else sentence end,
      facts = case when ${candidate.count}::integer > count then ${factsOf(candidate, at)}::jsonb else facts end
    where tenant_id = ${tenantId}::uuid and rule = ${rule} and subject = ${storable(candidate.subject, 300)}
      and last_at >= ${at}::timestamptz - interval '1 hour' and first_at <= ${at}::timestamptz
    returning id`);
  return rows.length > 0;
}

async function muteOf(
  tx: WriteTx,
  tenantId: string,
  rule: AnomalySource,
  subject: string,
): Promise<string | null> {
  const [mute] = await tx.execute<{ id: string }>(sql`
    select id from anomaly_mute where tenant_id = ${tenantId}::uuid and rule = ${rule}
      and (subject is null or subject = ${subject}) and ended_at is null and until > now() limit 1`);
  return mute?.id ?? null;
}

/**
 * Keeps what a rule found in an hour: as a new anomaly, or as more of one that goes on. A muted one is kept too, and told
 * to nobody.
 * @returns whether it is new
 */
export async function raise(
  tx: WriteTx,
  actor: JobActor,
  rule: AnomalySource,
  candidate: Candidate,
  hourMs: number,
): Promise<boolean> {
  const { tenantId } = actor;
  const at = new Date(hourMs).toISOString();
  if (await goOn(tx, tenantId, rule, candidate, at)) return false;
  const subject = storable(candidate.subject, 300);
  const label = storable(candidate.label, 200);
  const muteId = await muteOf(tx, tenantId, rule, subject);
  const { severity, count } = candidate;
  const id = newId();
  const rows = await tx.execute(sql`
    insert into anomaly (tenant_id, id, rule, subject, label, dedupe_key, severity, sentence, facts, count, first_at, last_at, mute_id)
    values (${tenantId}::uuid, ${id}::uuid, ${rule}, ${subject}, ${label}, ${`${rule} ${subject} ${hourMs / HOUR_MS}`}, ${severity},
      ${storable(candidate.sentence)}, ${factsOf(candidate, at)}::jsonb,
      ${count}, ${at}::timestamptz, ${at}::timestamptz, ${muteId}::uuid)
    on conflict (tenant_id, dedupe_key) do nothing returning id`);
  if (rows.length === 0) return false;
  await recordAudit(tx, actor, {
    action: 'anomaly.raised',
    target: { type: 'anomaly', id, label: sourceTitle(rule) },
    details: { rule, severity, sentence: candidate.sentence.slice(0, TEXT_MAX), isMuted: muteId !== null },
  });
  if (muteId === null) {
    await notify(tx, {
      tenantId,
      type: 'anomaly.raised',
      subject: { type: 'anomaly', id, label: sourceTitle(rule) },
      dedupeKey: `anomaly ${id}`,
      data: { rule: sourceTitle(rule), severity, sentence: storable(candidate.sentence), at },
    });
  }
  return true;
}
