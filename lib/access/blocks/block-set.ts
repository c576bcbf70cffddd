import { NetworkIndex } from '@/lib/platform/core/address';
import type { BlockRow } from './contract';
import { parseRoute, type RoutePattern, TextPattern } from './text-pattern';

/** A request as blocks see it; null where a fact is not known, which matches no block. */
export interface BlockSubject {
  ip: string | null;
  keyId: string | null;
  /** Who answers for the key. */
  ownerId: string | null;
  userId: string | null;
  sessionId: string | null;
  userAgent: string | null;
  method: string | null;
  /** Without its port, in lower case. */
  host: string | null;
  /** Normalised, without its query. */
  path: string | null;
}

const FOREVER_MS = Number.MAX_SAFE_INTEGER;
const REMEMBERED_AGENTS_MAX = 1_000;

const isActive = (row: BlockRow, nowMs: number) => row.expiresAtMs === null || nowMs < row.expiresAtMs;

function matchesRoute(pattern: RoutePattern, method: string | null, host: string | null, path: string) {
  if (pattern.method !== null && pattern.method !== method) return false;
  if (pattern.host !== null && !(host !== null && pattern.host.matches(host))) return false;
  return pattern.path.matches(path);
}

/** Blocks by their exact value, for the kinds whose value is an id. */
class ExactIndex {
  private readonly rows = new Map<string, BlockRow[]>();

  add(row: BlockRow): void {
    const known = this.rows.get(row.value);
    if (known) known.push(row);
    else this.rows.set(row.value, [row]);
  }

  find(value: string | null, nowMs: number): BlockRow | null {
    if (value === null || this.rows.size === 0) return null;
    return this.rows.get(value)?.find((row) => isActive(row, nowMs)) ?? null;
  }
}

/** User agents repeat: what one matched is remembered, a bounded number of them. */
class AgentIndex {
  private readonly patterns: { pattern: TextPattern; row: BlockRow }[] = [];
  private readonly remembered = new Map<string, readonly BlockRow[]>();

  add(row: BlockRow): void {
    const text = row.value.toLowerCase();
    this.patterns.push({ pattern: new TextPattern(text.includes('*') ? text : `*${text}*`), row });
  }

  find(userAgent: string | null, nowMs: number): BlockRow | null {
    if (userAgent === null || this.patterns.length === 0) return null;
    return this.matching(userAgent).find((row) => isActive(row, nowMs)) ?? null;
  }

  private matching(userAgent: string): readonly BlockRow[] {
    const known = this.remembered.get(userAgent);
    if (known) return known;
    const text = userAgent.toLowerCase();
    const rows = this.patterns.filter(({ pattern }) => pattern.matches(text)).map(({ row }) => row);
    if (this.remembered.size >= REMEMBERED_AGENTS_MAX) this.remembered.clear();
    this.remembered.set(userAgent, rows);
    return rows;
  }
}

/** The active blocks of one tenant at one revision; never changes, a new one is made instead. */
export class BlockSet {
  readonly size: number;
  private readonly exact = {
    key: new ExactIndex(),
    owner: new ExactIndex(),
    user: new ExactIndex(),
    session: new ExactIndex(),
  };
  private readonly networks = new NetworkIndex<BlockRow>();
  private readonly agents = new AgentIndex();
  private readonly routes: { pattern: RoutePattern; row: BlockRow }[] = [];
  /** Ascending. */
  private readonly endsMs: readonly number[];

  /** @throws Error where a value is not in the form of its kind: a block that cannot be kept must not be lost */
  constructor(rows: readonly BlockRow[]) {
    this.size = rows.length;
    for (const row of rows) this.add(row);
    const ends = rows.flatMap((row) => (row.expiresAtMs === null ? [] : [row.expiresAtMs]));
    this.endsMs = [...new Set(ends)].sort((a, b) => a - b);
  }

  /** The block that the request falls under, or null. */
  find(request: BlockSubject, nowMs: number): BlockRow | null {
    if (this.size === 0) return null;
    return (
      this.exact.key.find(request.keyId, nowMs) ??
      this.exact.owner.find(request.ownerId, nowMs) ??
      this.exact.user.find(request.userId, nowMs) ??
      this.exact.session.find(request.sessionId, nowMs) ??
      (request.ip === null ? null : this.networks.find(request.ip, (row) => isActive(row, nowMs))) ??
      this.agents.find(request.userAgent, nowMs) ??
      this.findRoute(request, nowMs)
    );
  }

  /** The next moment at which an answer of `find` may change by itself: a block expires. */
  holdsUntilMs(nowMs: number): number {
    let low = 0;
    let high = this.endsMs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.endsMs[middle] ?? 0) > nowMs) high = middle;
      else low = middle + 1;
    }
    return this.endsMs[low] ?? FOREVER_MS;
  }

  private findRoute({ method, host, path }: BlockSubject, nowMs: number): BlockRow | null {
    if (path === null) return null;
    for (const { pattern, row } of this.routes) {
      if (matchesRoute(pattern, method, host, path) && isActive(row, nowMs)) return row;
    }
    return null;
  }

  private add(row: BlockRow): void {
    if (row.kind === 'ip') this.addNetwork(row);
    else if (row.kind === 'route') this.addRoute(row);
    else if (row.kind === 'user_agent') this.agents.add(row);
    else this.exact[row.kind].add(row);
  }

  private addNetwork(row: BlockRow): void {
    if (!this.networks.add(row.value, row)) throw new Error(`The value of block ${row.id} is no network`);
  }

  private addRoute(row: BlockRow): void {
    const pattern = parseRoute(row.value);
    if (!pattern) throw new Error(`The value of block ${row.id} is no route`);
    this.routes.push({ pattern, row });
  }
}
