import { setTimeout as sleep } from 'node:timers/promises';
import { askGate } from '@/lib/access/gate/test/ask';
import type { World } from './world';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body where it is JSON, else an empty object. */
  json: { code?: string; requestId?: string; [member: string]: unknown };
  tookMs: number;
}

const PATIENCE_MS = 60_000;

/** @throws where no answer comes within a minute: that is a hang */
export async function get(url: string, headers: Record<string, string> = {}): Promise<Answer> {
  const startedMs = performance.now();
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const response = await fetch(url, { headers, redirect: 'manual', signal });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: isJson ? JSON.parse(text) : {},
    tookMs: performance.now() - startedMs,
  };
}

/** Reads a page or a path of the API as the operator. */
export function asOperator(world: World, path: string): Promise<Answer> {
  return get(world.app('web').url(path), { cookie: world.cookie });
}

export async function askAboutKey(world: World, port = world.app('gate').port): Promise<Answer> {
  const startedMs = performance.now();
  const answer = await askGate(port, world.caller.secret, { key: world.key.secret });
  const tookMs = performance.now() - startedMs;
  return { status: answer.status, headers: answer.headers, text: '', json: { ...answer.body }, tookMs };
}

/** The value of a metric without labels, or the sum over its labels. */
export async function metric(url: string, name: string): Promise<number> {
  const { text } = await get(url);
  const lines = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`));
  if (lines.length === 0) throw new Error(`${url} has no metric ${name}.`);
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

/** Asks the gate without pause and notes what was answered. */
export class Load {
  readonly allowed: string[] = [];
  refused = 0;
  slowestRefusalMs = 0;
  /** No HTTP answer at all: the gate itself was gone. */
  lost = 0;
  readonly unexpected: string[] = [];
  private isOver = false;
  private readonly askers: Promise<void>[];

  constructor(
    private readonly world: World,
    askers = 8,
  ) {
    this.askers = Array.from({ length: askers }, () => this.run());
  }

  private async run(): Promise<void> {
    while (!this.isOver) {
      const answer = await askAboutKey(this.world).catch(() => null);
      if (answer === null) this.lost += 1;
      else if (answer.status === 200 && answer.json.code === 'VALID')
        this.allowed.push(String(answer.json.requestId));
      else if (answer.status === 503 && Number(answer.headers.get('retry-after')) > 0) {
        this.refused += 1;
        this.slowestRefusalMs = Math.max(this.slowestRefusalMs, answer.tookMs);
      } else this.unexpected.push(`${answer.status} ${answer.json.code}`);
      await sleep(answer?.status === 200 ? 0 : 5);
    }
  }

  /** Waits until this many more were allowed. */
  async allows(more: number, withinMs = 20_000): Promise<void> {
    const goal = this.allowed.length + more;
    for (const deadline = Date.now() + withinMs; this.allowed.length < goal; await sleep(10)) {
      if (Date.now() > deadline) throw new Error('The gate did not recover.');
    }
  }

  async end(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.askers);
  }

  /** Promise 1: the allows that have no row. */
  async unrecorded(): Promise<string[]> {
    const rows = await this.world.keys.sql<{ id: string }[]>`
      select asked.id from unnest(${this.allowed}::uuid[]) as asked(id)
      where not exists (select 1 from audit_event a where a.id = asked.id and a.outcome = 'success')`;
    return rows.map(({ id }) => id);
  }
}

/** Repeats until it holds. @returns how long that took, in milliseconds */
export async function until(what: string, isSo: () => Promise<boolean>, withinMs = 30_000): Promise<number> {
  const startedMs = performance.now();
  for (;;) {
    if (await isSo().catch(() => false)) return performance.now() - startedMs;
    if (performance.now() - startedMs > withinMs) throw new Error(`Not so after ${withinMs} ms: ${what}`);
    await sleep(50);
  }
}
