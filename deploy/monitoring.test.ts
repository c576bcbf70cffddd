import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { GateMetrics } from '@/lib/access/gate/metrics';
import { addJwksMetrics } from '@/lib/access/supabase/metrics';
import { metricsRegistry } from '@/lib/platform/core/metrics/metrics';
import { countWebRequests } from '@/lib/platform/core/metrics/web-metrics';
import { addWorkerMetrics } from '@/lib/platform/jobs/metrics';
import { addLimiterMetrics } from '@/lib/platform/rate-limit/metrics';

const at = (path: string) => join(import.meta.dirname, path);
const read = (path: string) => readFileSync(at(path), 'utf8');

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
}

interface Panel {
  title: string;
  type: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string }[];
}

const rules: Rule[] = parse(read('prometheus/alerts.yml')).groups.flatMap(
  (group: { rules: Rule[] }) => group.rules,
);
const dashboard: { panels: Panel[] } = JSON.parse(read('grafana/dashboards/bulwark.json'));
const expressions = [
  ...rules.map(({ expr }) => expr),
  ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
];

/** Every metric that some process shows, with its type, and what a histogram makes of its name. */
function readShownMetrics(): Map<string, { type: string; labels: readonly string[] }> {
  const unused = () => {
    throw new Error('nothing is read here');
  };
  const gate = new GateMetrics({
    waiting: () => 0,
    cachedKeys: () => 0,
    isDatabaseUp: () => true,
    tenantsBehind: async () => 0,
  }).registry;
  addJwksMetrics(gate, unused);
  const shared = metricsRegistry();
  countWebRequests();
  addLimiterMetrics(shared, unused);
  const worker = new Registry();
  addWorkerMetrics(
    worker,
    () => [],
    async () => null,
  );
  const shown = new Map<string, { type: string; labels: readonly string[] }>();
  for (const { name, type, ...more } of [gate, shared, worker].flatMap((one) => one.getMetricsAsArray())) {
    const labels = 'labelNames' in more ? (more.labelNames as string[]) : [];
    const parts = String(type) === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    for (const part of parts) shown.set(`${name}${part}`, { type: String(type), labels });
  }
  return shown;
}

const shown = readShownMetrics();

function namesIn(expression: string): string[] {
  return [...expression.matchAll(/\b(?:bulwark|process|nodejs)_[a-z0-9_]+/g)].map(([name]) => name);
}

describe('rules and dashboard', () => {
  it('use only metrics that a process shows', () => {
    const unknown = expressions.flatMap(namesIn).filter((name) => !shown.has(name));
    expect(unknown).toEqual([]);
    expect(expressions.flatMap(namesIn).length).toBeGreaterThan(60);
  });

  it('use every metric of ours', () => {
    const used = new Set(
      expressions.flatMap(namesIn).map((name) => name.replace(/_(bucket|sum|count)$/, '')),
    );
    const ours = [...shown.keys()].filter((name) => name.startsWith('bulwark_'));
    const idle = new Set(
      ours.map((name) => name.replace(/_(bucket|sum|count)$/, '')).filter((name) => !used.has(name)),
    );
    expect([...idle]).toEqual(['bulwark_jwks_keys', 'bulwark_limiter_subjects']);
  });

  it('follow the conventions: base units, totals, bounded labels', () => {
    const bounded = [
      'code',
      'path',
      'route',
      'role',
      'outcome',
      'surface',
      'method',
      'status',
      'job',
      'queue',
      'state',
      'file',
    ];
    for (const [name, { type, labels }] of shown) {
      if (!name.startsWith('bulwark_')) continue;
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      expect(name, name).not.toMatch(/milli|micro|_ms\b|minutes|hours/);
      for (const label of labels) expect(bounded, name).toContain(label);
    }
  });

  it('name each alert once, with a severity and what it means', () => {
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      expect(labels.severity, alert).toMatch(/^(critical|warning)$/);
      expect(annotations.summary.length * annotations.description.length, alert).toBeGreaterThan(0);
    }
  });

  it('lay no panel over another', () => {
    const cells = new Set<string>();
    for (const { title, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(cells.has(`${x} ${y}`), title).toBe(false);
          cells.add(`${x} ${y}`);
        }
      }
    }
  });
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
const without = hasPromtool ? '' : ' (skipped: promtool is missing, apt-get install prometheus)';

describe('promtool', () => {
  it.skipIf(!hasPromtool)(`accepts the rules and what they do${without}`, () => {
    expect(
      execFileSync('promtool', ['check', 'rules', at('prometheus/alerts.yml')], { encoding: 'utf8' }),
    ).toContain('SUCCESS');
    const tested = execFileSync('promtool', ['test', 'rules', at('prometheus/alerts.test.yml')], {
      encoding: 'utf8',
    });
    expect(tested).toContain('SUCCESS');
  });

  it.skipIf(!hasPromtool)(`accepts the configuration${without}`, () => {
    const checked = spawnSync(
      'promtool',
      ['check', 'config', '--syntax-only', at('prometheus/prometheus.yml')],
      { encoding: 'utf8' },
    );
    expect(checked.stdout + checked.stderr).toContain('SUCCESS');
  });

  it.skipIf(!hasPromtool)(`parses every expression of the dashboard${without}`, () => {
    const recording = dashboard.panels
      .flatMap(({ targets = [] }) => targets)
      .map(({ expr }, i) => ({ record: `panel:${i}`, expr: expr.replaceAll('$__rate_interval', '5m') }));
    const folder = mkdtempSync(join(tmpdir(), 'bulwark-dashboard-'));
    const file = join(folder, 'rules.json');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules: recording }] }));
    const checked = spawnSync('promtool', ['check', 'rules', '--lint=none', file], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(checked.stdout + checked.stderr).toContain('SUCCESS');
  });
});
