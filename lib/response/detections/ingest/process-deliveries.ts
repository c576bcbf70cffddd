import { sql } from 'drizzle-orm';
import { inTenant, type WriteTx } from '@/db/scope';
import type { BodyEncoding, EventKind } from '@/lib/access/gate/intake-contract';
import type { JobActor } from '@/lib/platform/auth/contract';
import { requirePermission } from '@/lib/platform/auth/require';
import { SECOND_MS } from '@/lib/platform/core/clock';
import { activeExceptions, saveCovered } from '@/lib/response/detections/exceptions/active';
import { ExceptionSet } from '@/lib/response/detections/judge/exceptions';
import type { Allowance } from '@/lib/response/detections/judge/flood';
import type { DetectionPolicy } from '@/lib/response/detections/policy/policy-schema';
import { AlertBatch } from './alert-batch';
import { announceOpened } from './announce';
import { type Origin, Sums } from './drafts';
import { FalcoBatch } from './falco-batch';
import {
  countNewGroups,
  forgetSeen,
  loadAllowances,
  loadEpisodes,
  loadGroups,
  loadSeen,
  loadSensors,
} from './load-state';
import { noteLosses } from './note-losses';
import { problemText, readAlertmanagerBody, readFalcoBody } from './read-delivery';
import type { ReceivedEvent, ReceivedMessage } from './received';
import {
  type SenderChange,
  saveDetections,
  saveEntities,
  saveEpisodes,
  saveGroups,
  saveRedelivered,
  saveSeen,
  saveSenders,
  saveSensors,
  saveTallies,
} from './save-state';
import { SensorBatch, sensorHostsOf } from './sensor-batch';

/** One delivery as it waits. */
export interface Delivery extends Record<string, unknown> {
  id: string;
  receivedMs: number;
  kind: EventKind | 'loss';
  originType: string;
  originId: string | null;
  originLabel: string;
  encoding: BodyEncoding;
  body: Buffer;
  bodyBytes: number;
}

const DELIVERIES_MAX = 500;
const BYTES_MAX = 8 * 1024 * 1024;
/** One tenant's backlog does not keep the others waiting longer than this. */
const TURN_MS = 15 * SECOND_MS;
const KEPT_OF_UNREADABLE = 64 * 1024;

/** Those that came first, as many as a batch may hold; none where another worker is at it. */
async function claim(tx: WriteTx, tenantId: string): Promise<Delivery[]> {
  const [turn] = await tx.execute<{ ours: boolean }>(
    sql`select pg_try_advisory_xact_lock(hashtextextended(${`detections ${tenantId}`}, 0)) as ours`,
  );
  if (!turn?.ours) return [];
  const rows = await tx.execute<Delivery>(sql`
    select id, (extract(epoch from received_at) * 1000)::float8 as "receivedMs", kind, origin_type as "originType",
      origin_id as "originId", origin_label as "originLabel", encoding, body, body_bytes as "bodyBytes"
    from (
      select *, sum(length(body)) over (order by received_at, id) - length(body) as before from (
        select * from event_delivery where tenant_id = ${tenantId}::uuid and processed_at is null
        order by received_at, id limit ${DELIVERIES_MAX}
      ) first
    ) waiting where before < ${BYTES_MAX} order by received_at, id`);
  return [...rows];
}

interface Done {
  id: string;
  events: number;
  problem: string | null;
}

/** What a batch of deliveries holds. */
class Contents {
  readonly events: ReceivedEvent[] = [];
  readonly messages: ReceivedMessage[] = [];
  readonly losses: Delivery[] = [];
  readonly done: Done[] = [];
  private readonly origins = new Map<string, Origin>();

  constructor(readonly deliveries: readonly Delivery[]) {
    for (const delivery of deliveries) this.read(delivery);
  }

  /** One object for each sender, however many deliveries it has. */
  get senders(): Origin[] {
    return [...this.origins.values()];
  }

  originOf({ originType: type, originId: id, originLabel: label }: Delivery): Origin {
    const key = `${type} ${id ?? ''}`;
    const known = this.origins.get(key);
    if (known) return known;
    const origin = { type, id, label };
    this.origins.set(key, origin);
    return origin;
  }

  private read(delivery: Delivery): void {
    const { id, kind, receivedMs, originType } = delivery;
    if (kind === 'loss') {
      this.losses.push(delivery);
      this.done.push({ id, events: 0, problem: null });
      return;
    }
    const received = {
      receivedMs,
      deliveryId: id,
      origin: this.originOf(delivery),
      isTest: originType === 'console',
    };
    if (kind === 'falco') {
      const { items, problems } = readFalcoBody(delivery);
      for (const item of items) this.events.push({ ...item, ...received });
      this.done.push({ id, events: items.length, problem: problemText(problems) });
    } else {
      const { items, problems } = readAlertmanagerBody(delivery);
      for (const message of items) this.messages.push({ message, ...received });
      this.done.push({ id, events: items.length, problem: problemText(problems) });
    }
  }
}

/** What could not be read keeps its body, for people to look at. */
async function finish(tx: WriteTx, tenantId: string, done: readonly Done[]): Promise<void> {
  await tx.execute(sql`
    update event_delivery d set processed_at = clock_timestamp(), events = r.events, problem = r.problem,
      body = case when r.problem is null then ''::bytea else substring(d.body for ${KEPT_OF_UNREADABLE}) end
    from json_to_recordset(${JSON.stringify(done)}::json) as r(id uuid, events integer, problem text)
    where d.tenant_id = ${tenantId}::uuid and d.id = r.id`);
}

interface Turn {
  tx: WriteTx;
  actor: JobActor;
  policy: DetectionPolicy;
  contents: Contents;
  exceptions: ExceptionSet;
  sums: Sums;
  sensors: SensorBatch;
}

async function takeEvents({ tx, actor, policy, contents, exceptions, sums, sensors }: Turn): Promise<void> {
  const { tenantId } = actor;
  const known = await loadAllowances(tx, tenantId, contents.senders);
  const allowances = new Map<Origin, Allowance>(
    contents.senders.map((origin) => [
      origin,
      known.get(`${origin.type} ${origin.id}`) ?? { tokens: policy.floods.burst, atMs: 0 },
    ]),
  );
  const batch = new FalcoBatch(contents.events, {
    policy,
    exceptions,
    sums,
    sensors,
    allowanceOf: (origin) => allowances.get(origin) ?? { tokens: policy.floods.burst, atMs: 0 },
    newGroups: await countNewGroups(tx, tenantId),
  });
  batch.run(await loadGroups(tx, tenantId, batch.keys), await loadSeen(tx, tenantId, batch.identityDigests));
  const groups = batch.touched;
  await saveGroups(tx, tenantId, groups);
  await saveDetections(tx, tenantId, batch.detections);
  await saveRedelivered(tx, tenantId, batch.redelivered);
  await saveSeen(tx, tenantId, batch.identities);
  await saveSenders(tx, tenantId, senderChanges(contents, allowances, batch.summarised));
  await announceOpened(tx, actor, groups, policy);
}

function senderChanges(
  contents: Contents,
  allowances: ReadonlyMap<Origin, Allowance>,
  summarised: ReadonlyMap<Origin, number>,
): SenderChange[] {
  const results = new Map(contents.done.map((one) => [one.id, one]));
  const byOrigin = Map.groupBy(
    contents.deliveries.filter(({ kind }) => kind !== 'loss'),
    (delivery) => contents.originOf(delivery),
  );
  return [...byOrigin].map(([origin, own]) => {
    const outcomes = own.flatMap(({ id }) => results.get(id) ?? []);
    return {
      origin,
      allowance: allowances.get(origin) ?? { tokens: 0, atMs: 0 },
      events: outcomes.reduce((sum, { events }) => sum + events, 0),
      summarised: summarised.get(origin) ?? 0,
      unreadable: outcomes.filter(({ problem }) => problem !== null).length,
      lastMs: Math.max(...own.map(({ receivedMs }) => receivedMs)),
    };
  });
}

async function takeMessages({ tx, actor, policy, contents, exceptions, sums, sensors }: Turn): Promise<void> {
  if (contents.messages.length === 0) return;
  const { tenantId } = actor;
  for (const message of contents.messages) sensors.takeMessage(message);
  const batch = new AlertBatch(contents.messages, { policy, exceptions, sums });
  const groups = await loadGroups(tx, tenantId, batch.keys);
  const known = await loadEpisodes(
    tx,
    tenantId,
    groups.map(({ id }) => id),
    batch.identities,
  );
  batch.run(groups, known);
  const touched = [...batch.groups.values()];
  await saveGroups(tx, tenantId, touched);
  await saveDetections(tx, tenantId, batch.detections);
  await saveEpisodes(tx, tenantId, batch.changes);
  await announceOpened(tx, actor, touched, policy);
}

/** Reads one batch. @returns how many deliveries it was */
async function processBatch(actor: JobActor, policy: DetectionPolicy): Promise<number> {
  const { tenantId } = actor;
  return inTenant(actor, async (tx) => {
    const contents = new Contents(await claim(tx, tenantId));
    if (contents.deliveries.length === 0) return 0;
    const exceptions = new ExceptionSet(await activeExceptions(tx, tenantId, policy));
    const hosts = sensorHostsOf(contents.events, contents.messages);
    const sensors = new SensorBatch(await loadSensors(tx, tenantId, hosts), policy);
    const sums = new Sums();
    const turn = { tx, actor, policy, contents, exceptions, sums, sensors };
    await takeEvents(turn);
    await takeMessages(turn);
    await saveTallies(tx, tenantId, sums.byMinute);
    await saveEntities(tx, tenantId, sums.entityCounts);
    await saveCovered(tx, tenantId, sums.covered);
    await saveSensors(tx, tenantId, sensors.touched, sensors.hours);
    await noteLosses(tx, actor, contents.losses);
    await finish(tx, tenantId, contents.done);
    return contents.deliveries.length;
  });
}

/**
 * Makes detections of what was delivered, in the order in which it came: batch by batch, each in one transaction, so that
 * nothing is counted twice or left out, whatever stops the worker. One worker at a time for each tenant.
 */
export async function processDeliveries(actor: JobActor, policy: DetectionPolicy): Promise<void> {
  requirePermission(actor, 'detections:write');
  const endMs = performance.now() + TURN_MS;
  let hasAny = false;
  while (performance.now() < endMs && (await processBatch(actor, policy)) > 0) hasAny = true;
  // guard: derived bookkeeping about copies; forgetting it changes no detection
  if (hasAny) await inTenant(actor, (tx) => forgetSeen(tx, actor.tenantId));
}
