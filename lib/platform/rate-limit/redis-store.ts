import { type RedisConnection, redisScript } from '@/db/redis';
import type { Tally } from './memory-store';
import type { LimitUse } from './plan';
import { LIMIT_SCRIPT } from './redis-script';

const script = redisScript(LIMIT_SCRIPT);
const PREFIX = 'bulwark:limit:1:';
const COUNTERS_PER_CALL_MAX = 1_000;
const UINT32_MAX = 0xffff_ffff;
const BYTES = { counter: 16, use: 9, state: 12, retry: 4, since: 8 } as const;

/** Requests that are decided in one call: they share a hash tag. */
interface Call {
  tag: string;
  /** Places in the batch. */
  requests: number[];
  /** Counter to its number, from 1. */
  counters: Map<string, number>;
  limits: LimitUse[];
  length: number;
}

export const tagOf = (counter: string) => counter.slice(0, counter.indexOf('}') + 1);

function newCall(tag: string): Call {
  return { tag, requests: [], counters: new Map(), limits: [], length: 0 };
}

/** Cuts a batch into calls, in order; requests without limits are in none. */
function callsOf(batch: readonly (readonly LimitUse[])[]): Call[] {
  const calls: Call[] = [];
  const open = new Map<string, Call>();
  for (const [index, uses] of batch.entries()) {
    const [first] = uses;
    if (!first) continue;
    const tag = tagOf(first.counter);
    let call = open.get(tag);
    if (!call || call.counters.size + uses.length > COUNTERS_PER_CALL_MAX) {
      call = newCall(tag);
      open.set(tag, call);
      calls.push(call);
    }
    call.requests.push(index);
    call.length += 1 + uses.length * BYTES.use;
    for (const use of uses) {
      if (call.counters.has(use.counter)) continue;
      call.counters.set(use.counter, call.counters.size + 1);
      call.limits.push(use);
    }
  }
  return calls;
}

function encode(call: Call, batch: readonly (readonly LimitUse[])[]): [Buffer, Buffer] {
  const limits = Buffer.allocUnsafe(call.limits.length * BYTES.counter);
  for (const [i, { limit }] of call.limits.entries()) {
    limits.writeDoubleLE(limit.quota, i * BYTES.counter);
    limits.writeDoubleLE(limit.windowMs, i * BYTES.counter + 8);
  }
  const requests = Buffer.allocUnsafe(call.length);
  let at = 0;
  for (const index of call.requests) {
    const uses = batch[index] ?? [];
    at = requests.writeUInt8(uses.length, at);
    for (const { counter, cost, limit } of uses) {
      at = requests.writeUInt32LE(call.counters.get(counter) ?? 0, at);
      at = requests.writeUInt32LE(Math.min(cost, UINT32_MAX), at);
      at = requests.writeUInt8(limit.isShadow ? 1 : 0, at);
    }
  }
  return [limits, requests];
}

function decode(call: Call, answer: Buffer, batch: readonly (readonly LimitUse[])[], tallies: Tally[]): void {
  let at = call.limits.length * BYTES.state;
  const countedSinceMs = answer.readDoubleLE(answer.length - BYTES.since);
  for (const index of call.requests) {
    const uses = batch[index] ?? [];
    const retryMs = answer.readUInt32LE(at);
    at += BYTES.retry;
    const refused: boolean[] = [];
    const used: number[] = [];
    const resetMs: number[] = [];
    for (const { counter } of uses) {
      const state = ((call.counters.get(counter) ?? 1) - 1) * BYTES.state;
      refused.push(answer[at] === 1);
      used.push(answer.readDoubleLE(state));
      resetMs.push(answer.readUInt32LE(state + 8));
      at += 1;
    }
    tallies[index] = { refused, isAllowed: retryMs === 0, used, resetMs, retryMs, countedSinceMs };
  }
}

export const NO_LIMITS: Tally = { refused: [], isAllowed: true, used: [], resetMs: [], retryMs: 0 };

/**
 * Counts a batch in Redis: one script call for each tenant in it, all in one round trip. `used` is what is counted after
 * the whole batch. @throws where Redis does not answer, or with an error; what was counted then is not known
 */
export async function takeInRedis(
  connection: RedisConnection,
  batch: readonly (readonly LimitUse[])[],
): Promise<Tally[]> {
  const tallies = batch.map(() => NO_LIMITS);
  await Promise.all(
    callsOf(batch).map(async (call) => {
      const keys = [...call.counters.keys(), `${call.tag}since`].map((counter) => PREFIX + counter);
      const answer = await connection.evaluate(script, keys, encode(call, batch));
      decode(call, answer, batch, tallies);
    }),
  );
  return tallies;
}
