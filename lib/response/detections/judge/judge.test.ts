import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { techniqueName } from '@/lib/response/detections/attack-rules';
import { FALCO_FIXTURES } from '@/lib/response/detections/test/feed';
import { isSample, takeToken } from './flood';
import { PUBLIC_RULE_NAMES, publicRule } from './rule-index';
import { workloadOf } from './workload';

describe('the workload of a pod', () => {
  it.each([
    ['api-676b6c5bbc-4xc6t', 'api'],
    ['api-server-676b6c5bbc-4xc6t', 'api-server'],
    ['nightly-backup-28340640-lzxkg', 'nightly-backup'],
    ['falco-x7k2p', 'falco'],
    ['postgres-0', 'postgres'],
    ['postgres-cluster-12', 'postgres-cluster'],
    ['etcd', 'etcd'],
    ['my-httpd', 'my-httpd'],
    ['kube-proxy', 'kube-proxy'],
    ['web-app', 'web-app'],
    ['prometheus-server-main', 'prometheus-server-main'],
    ['', ''],
  ])('%s is %s', (pod, workload) => {
    expect(workloadOf(pod)).toBe(workload);
  });

  it('is the same for every pod of a Deployment', () => {
    const safe = 'bcdfghjklmnpqrstvwxz2456789'.split('');
    const suffix = (length: number) =>
      fc.string({ unit: fc.constantFrom(...safe), minLength: length, maxLength: length });
    fc.assert(
      fc.property(fc.constantFrom('api', 'shop-web', 'a1'), suffix(10), suffix(5), (name, hash, pod) => {
        fc.pre(/\d/.test(hash + pod));
        expect(workloadOf(`${name}-${hash}-${pod}`)).toBe(name);
      }),
    );
  });
});

describe('a flood', () => {
  it('keeps the first five, then one of ten, of a hundred, and so on', () => {
    const kept = (upTo: number) =>
      Array.from({ length: upTo }, (_, i) => i + 1).filter((n) => isSample(n, 5));
    expect(kept(60)).toEqual([1, 2, 3, 4, 5, 10, 20, 30, 40, 50, 60]);
    expect(kept(400)).toEqual([...kept(60), 70, 80, 90, 100, 200, 300, 400]);
    expect(kept(100_000).length).toBeLessThanOrEqual(60);
  });

  it('lets a sender have its rate and its burst, and no more, whatever the times say', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -5_000, max: 5_000 }), { maxLength: 300 }), (steps) => {
        const rule = { eventsPerSecond: 10, burst: 20 };
        const allowance = { tokens: 20, atMs: 0 };
        let [atMs, latestMs, taken] = [0, 0, 0];
        for (const step of steps) {
          atMs = Math.max(0, atMs + step);
          latestMs = Math.max(latestMs, atMs);
          if (takeToken(allowance, atMs, rule)) taken += 1;
        }
        expect(taken).toBeLessThanOrEqual(20 + (latestMs / 1000) * 10 + 1e-6);
      }),
    );
  });
});

describe('the index of public rules', () => {
  const rules = PUBLIC_RULE_NAMES.map((name) => publicRule(name));

  it('knows all 93: 25 stable, 31 incubating, 37 sandbox', () => {
    const of = (maturity: string) => rules.filter((rule) => rule?.maturity === maturity).length;
    expect([of('stable'), of('incubating'), of('sandbox'), rules.length]).toEqual([25, 31, 37, 93]);
    expect(publicRule('Terminal shell in container')?.maturity).toBe('stable');
    expect(publicRule('own rule')).toBeUndefined();
    expect(publicRule('constructor')).toBeUndefined();
  });

  it('names techniques that are known by name', () => {
    for (const rule of rules)
      for (const id of rule?.techniques ?? [])
        expect({ id, name: techniqueName(id) }).toEqual({ id, name: expect.any(String) });
  });
});

const INDEX = `${FALCO_FIXTURES}/rules-index.json`;
describe.skipIf(!existsSync(INDEX))(
  'the index against the rules of ../shared (skipped where they are not there)',
  () => {
    it('has the maturity and techniques of each', () => {
      const given = JSON.parse(readFileSync(INDEX, 'utf8')) as {
        rule: string;
        maturity?: string;
        tags?: string[];
      }[];
      const names = given.map(({ rule }) => rule).sort();
      expect([...PUBLIC_RULE_NAMES].sort()).toEqual(names);
    });
  },
);
