import { limitSubject } from '@/lib/platform/core/address';
import { parseDuration, SECOND_MS } from '@/lib/platform/core/clock';
import type { LimitedRequest, LimitSubject, Plane, StoreFailure } from './contract';
import type { LimitRule, PolicyFile } from './policy-schema';
import { hostMatches, pathMatches } from './rules';

/** One window of one rule. */
export interface Limit {
  /** Unique in the policy: the rule's name, with the window where the rule has several. */
  name: string;
  quota: number;
  windowMs: number;
  windowSeconds: number;
  cost: number;
  isShadow: boolean;
  onStoreFailure: StoreFailure;
  line: number;
}

/** A limit as it applies to one request: what is counted, and how much. */
export interface LimitUse {
  limit: Limit;
  counter: string;
  cost: number;
}

/** The share of a quota that one process admits by itself, at least 1. */
export function quotaOf({ quota }: Limit, share: number): number {
  return share === 1 ? quota : Math.max(1, Math.floor(quota * share));
}

export interface CompiledRule {
  rule: LimitRule;
  line: number;
  planes: readonly Plane[];
  subjects: readonly LimitSubject[];
  /** The first bits of an IPv6 address that count as one caller. */
  ipv6PrefixBits: number;
  limits: readonly Limit[];
}

export interface Policy {
  ipv6PrefixBits: number;
  fallbackShare: number;
  rules: readonly CompiledRule[];
}

const listOf = <T>(value: T | readonly T[]): readonly T[] => (Array.isArray(value) ? value : [value as T]);

/** @param lineOf lines of a rule and of each of its windows */
export function compilePolicy(
  file: PolicyFile,
  lineOf: (path: readonly (string | number)[]) => number,
): Policy {
  const rules = file.limits.map((rule, index): CompiledRule => {
    const limits = rule.windows.map((window, at): Limit => {
      const windowMs = parseDuration(window.window) ?? 0;
      return {
        name: rule.windows.length === 1 ? rule.name : `${rule.name}/${window.window}`,
        quota: window.quota,
        windowMs,
        windowSeconds: windowMs / SECOND_MS,
        cost: rule.cost,
        isShadow: rule.mode === 'shadow',
        onStoreFailure: rule.onStoreFailure,
        line: lineOf(['limits', index, 'windows', at]),
      };
    });
    return {
      rule,
      line: lineOf(['limits', index]),
      planes: rule.at === undefined ? ['console', 'gate'] : listOf(rule.at),
      subjects: listOf(rule.per),
      ipv6PrefixBits: file.ipv6Prefix,
      limits,
    };
  });
  return { ipv6PrefixBits: file.ipv6Prefix, fallbackShare: file.fallbackShare, rules };
}

function subjectOf(kind: LimitSubject, request: LimitedRequest, ipv6PrefixBits: number): string | null {
  switch (kind) {
    case 'user':
      return request.userId;
    case 'key':
      return request.keyId;
    case 'owner':
      return request.ownerId;
    case 'tenant':
      return request.tenantId;
    case 'ip':
      return request.ip === null ? null : limitSubject(request.ip, ipv6PrefixBits);
  }
}

/** The first subject of the rule that the request has, as `kind:value`. */
export function subjectFor(rule: CompiledRule, request: LimitedRequest): string | null {
  for (const kind of rule.subjects) {
    const subject = subjectOf(kind, request, rule.ipv6PrefixBits);
    if (subject !== null) return `${kind}:${subject}`;
  }
  return null;
}

export function ruleMatches(
  { rule: { match }, planes }: CompiledRule,
  plane: Plane,
  request: LimitedRequest,
): boolean {
  if (!planes.includes(plane)) return false;
  if (!match) return true;
  const { methods, hosts, paths } = match;
  if (methods && !methods.includes(request.method)) return false;
  if (hosts && !hosts.some((pattern) => hostMatches(pattern, request.host))) return false;
  return !paths || paths.some((pattern) => pathMatches(pattern, request.path));
}

/** Counters of one tenant share a hash tag: all limits of a request lie on one node of a Redis Cluster. */
export function counterOf(tenantId: string | null, name: string, windowMs: number, subject: string): string {
  return `{${tenantId ?? 'none'}}${name}|${windowMs}|${subject}`;
}

const KEY_LIMITS_MAX = 10_000;
const keyLimits = new Map<string, Limit>();

function keyLimitOf(quota: number, windowSeconds: number): Limit {
  const id = `${quota}/${windowSeconds}`;
  const known = keyLimits.get(id);
  if (known) return known;
  const limit: Limit = {
    name: `key-${windowSeconds}s`,
    quota,
    windowMs: windowSeconds * SECOND_MS,
    windowSeconds,
    cost: 1,
    isShadow: false,
    onStoreFailure: 'local',
    line: 0,
  };
  if (keyLimits.size >= KEY_LIMITS_MAX) keyLimits.clear();
  keyLimits.set(id, limit);
  return limit;
}

/** Of two limits of a key with one window the smaller quota: both would count in one counter. */
function addKeyLimits(uses: LimitUse[], request: LimitedRequest): void {
  const { keyId, tenantId, keyLimits: stored } = request;
  if (keyId === null) return;
  for (const { limit, windowSeconds } of stored) {
    const isLoosest = stored.some((other) => other.windowSeconds === windowSeconds && other.limit < limit);
    const counter = counterOf(tenantId, '', windowSeconds * SECOND_MS, `key:${keyId}`);
    if (isLoosest || uses.some((use) => use.counter === counter)) continue;
    uses.push({ limit: keyLimitOf(limit, windowSeconds), counter, cost: request.cost });
  }
}

/** Every limit that applies to the request. */
export function planLimits(policy: Policy, plane: Plane, request: LimitedRequest): LimitUse[] {
  const uses: LimitUse[] = [];
  for (const rule of policy.rules) {
    if (rule.rule.counts !== 'requests' || !ruleMatches(rule, plane, request)) continue;
    const subject = subjectFor(rule, request);
    if (subject === null) continue;
    for (const limit of rule.limits) {
      uses.push({
        limit,
        counter: counterOf(request.tenantId, rule.rule.name, limit.windowMs, subject),
        cost: limit.cost * request.cost,
      });
    }
  }
  if (request.keyLimits.length > 0) addKeyLimits(uses, request);
  return uses;
}
