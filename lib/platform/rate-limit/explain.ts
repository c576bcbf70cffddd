import {
  type ExplainedRuleDto,
  type ExplainLimitsInput,
  explainLimitsInput,
  type LimitRuleDto,
  type RuleMiss,
} from './contract';
import { type CompiledRule, type Policy, subjectFor } from './plan';
import { hostMatches, pathMatches } from './rules';

export function ruleDto({ rule, line, planes, subjects, limits }: CompiledRule): LimitRuleDto {
  const { match } = rule;
  return {
    name: rule.name,
    description: rule.description ?? null,
    line,
    at: [...planes],
    match: { methods: match?.methods ?? null, hosts: match?.hosts ?? null, paths: match?.paths ?? null },
    per: [...subjects],
    counts: rule.counts,
    windows: limits.map(({ name, quota, windowSeconds, line: at }) => ({
      name,
      quota,
      windowSeconds,
      line: at,
    })),
    cost: rule.cost,
    mode: rule.mode,
    onStoreFailure: rule.onStoreFailure,
  };
}

interface Asked {
  at: 'console' | 'gate';
  method: string;
  host: string;
  path: string;
}

function missOf(
  { rule, planes }: CompiledRule,
  { at, method, host, path }: Asked,
  subject: string | null,
): RuleMiss | null {
  const { methods, hosts, paths } = rule.match ?? {};
  if (!planes.includes(at)) return 'plane';
  if (methods && !methods.includes(method)) return 'method';
  if (hosts && !hosts.some((pattern) => hostMatches(pattern, host))) return 'host';
  if (paths && !paths.some((pattern) => pathMatches(pattern, path))) return 'path';
  if (subject === null) return 'subject';
  return rule.counts === 'failed_keys' ? 'failures' : null;
}

/** Says of every rule whether it would apply to such a request, and why not. */
export function explainPolicy(policy: Policy, given: ExplainLimitsInput): ExplainedRuleDto[] {
  const { at, method, host, path, ip, user, key, owner } = explainLimitsInput.parse(given);
  const asked: Asked = {
    at,
    method: method.toUpperCase(),
    host: host.toLowerCase(),
    path: path.split('?', 1)[0] ?? '',
  };
  const orNull = (text: string) => (text === '' ? null : text);
  const request = {
    ...asked,
    ip: orNull(ip),
    userId: orNull(user),
    keyId: orNull(key),
    ownerId: orNull(owner),
    tenantId: 'the tenant of the request',
    cost: 1,
    keyLimits: [],
  };
  return policy.rules.map((rule) => {
    const subject = subjectFor(rule, request);
    const miss = missOf(rule, asked, subject);
    return { rule: ruleDto(rule), miss, subject: miss === null || miss === 'failures' ? subject : null };
  });
}
