import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import { listSecrets } from '@/lib/access/secrets/queries';
import { keepOwnSecrets } from '@/lib/access/secrets/read-local';
import type { Actor } from '@/lib/platform/auth/contract';
import { readOwnSecrets } from './own-reader';
import { openMessage, ownReport, REPORT_CHANNEL, readReport, signMessage } from './process-report';
import { startReportLoop } from './report-loop';
import { digestOfSetting, versionOf } from './secret-versions';
import { onProcessReport } from './store-report';

const PEPPER = { id: 'p1', value: 'V7nQ2rXc9LmT4pZs6WyB8dKf1GhJ3aEu' };
let scene: Scene;
let operator: Actor;
beforeAll(async () => {
  vi.stubEnv('REDIS_URL', 'redis://bulwark:hunter2hunter2@localhost:6379');
  scene = await openScene();
  operator = await userActor('operator');
});
afterAll(() => scene.close());
beforeEach(() => scene.admin`delete from process_secret`);

const report = (secrets: Record<string, string>, instance = '0000000a', process = 'gate') =>
  JSON.stringify({
    process,
    instance,
    atMs: Date.now(),
    secrets: Object.entries(secrets).map(([setting, version]) => ({
      setting,
      version,
      source: 'file',
      path: null,
      isReadableByOthers: false,
    })),
  });
const tell = (...given: Parameters<typeof report>) => onProcessReport(signMessage(report(...given), PEPPER));

describe('a version of a setting', () => {
  it('is its login and a digest that tells values apart', async () => {
    const version = (value: string, name = 'REDIS_URL') => versionOf({ name, value });
    expect(await version('redis://bulwark:hunter2@localhost')).toMatch(/^bulwark [0-9a-f]{8}$/);
    expect(await version('redis://bulwark:hunter2@localhost')).toBe(
      await version('redis://bulwark:hunter2@localhost'),
    );
    expect(await version('redis://bulwark:hunter3@localhost')).not.toBe(
      await version('redis://bulwark:hunter2@localhost'),
    );
    expect(await version('q8Jx2VbN5kLr7TzW', 'AUTH_SECRET')).toMatch(/^[0-9a-f]{8}$/);
    expect(await digestOfSetting('A', 'x')).not.toBe(await digestOfSetting('B', 'x'));
  });
});

describe('the report of a process', () => {
  it('is believed only where one of our peppers signed it', () => {
    const body = report({ KEY_PEPPER: 'p1 0a0b0c0d' });
    const message = signMessage(body, PEPPER);
    expect(openMessage(message, [{ id: 'p0', value: 'x' }, PEPPER])).toBe(body);
    expect(openMessage(message, [{ id: 'p1', value: 'another' }])).toBeNull();
    expect(openMessage(message.replace('gate', 'web!'), [PEPPER])).toBeNull();
    expect(openMessage(body, [PEPPER])).toBeNull();
    expect(openMessage('', [PEPPER])).toBeNull();
    expect(readReport(signMessage('{"process":"gate"}', PEPPER))).toBeNull();
    expect(readReport(signMessage('no JSON', PEPPER))).toBeNull();
  });

  it('of this process names its secrets and holds no value', async () => {
    const message = (await ownReport()) ?? '';
    const settings = readReport(message)?.secrets.map(({ setting, source }) => `${setting} ${source}`);
    expect(settings).toEqual(
      expect.arrayContaining(['AUTH_SECRET environment', 'KEY_PEPPER environment', 'REDIS_URL environment']),
    );
    expect(message).not.toMatch(/hunter2|V7nQ2rXc|q8Jx2VbN/);
  });

  it('travels over Postgres', async () => {
    const heard: string[] = [];
    const listener = postgres(scene.urls.rw, { max: 1, onnotice: () => undefined });
    await listener.listen(REPORT_CHANNEL, (message) => heard.push(message));
    const loop = startReportLoop();
    await vi.waitFor(() => expect(heard).toHaveLength(1), 5000);
    loop.stop();
    expect(readReport(heard[0] ?? '')?.process).toBe('test');
    await listener.end();
  });
});

describe("Bulwark's own secrets", () => {
  it('are listed by what processes report, with a record of each new version', async () => {
    await tell({ KEY_PEPPER: 'p1 0a0b0c0d', DATABASE_URL_GATE: 'app_gate 11111111' });
    await tell(
      { KEY_PEPPER: 'p1 0a0b0c0d', AUTH_SECRET: 'aaaaaaaa', KEY_PEPPERS_RETIRED: 'cccccccc' },
      '0000000b',
      'web',
    );
    await onProcessReport('p1.forged.{}');
    await keepOwnSecrets(testJobActor(), await readOwnSecrets(testJobActor(), 'production'));
    const { items } = await listSecrets(operator, { kind: 'own', limit: 50 });
    expect(
      items.map(({ path, versionLabel, consumers, model, tags }) => [
        path,
        versionLabel,
        consumers,
        model,
        tags,
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['AUTH_SECRET', 'aaaaaaaa', 1, 'single', []],
        ['DATABASE_URL_GATE', 'app_gate 11111111', 1, 'dual', []],
        ['KEY_PEPPER', 'p1 0a0b0c0d', 2, 'single', ['root']],
      ]),
    );
    expect(items).toHaveLength(3);
    // The database is as new as they are: they were made with it.
    expect(items.every(({ status, rotatedFrom }) => status === 'current' && rotatedFrom === 'observed')).toBe(
      true,
    );
    const before =
      await scene.admin`select count(*)::int as n from audit_event where action = 'system.secrets_loaded'`;
    await tell({ KEY_PEPPER: 'p1 0a0b0c0d', DATABASE_URL_GATE: 'app_gate 11111111' });
    await tell({ KEY_PEPPER: 'p2 0e0e0e0e' });
    const events =
      await scene.admin`select details from audit_event where action = 'system.secrets_loaded' order by at desc`;
    expect(events).toHaveLength(before[0]?.n + 1);
    expect(events[0]?.details).toEqual({
      secrets: [{ setting: 'KEY_PEPPER', version: 'p2 0e0e0e0e', before: 'p1 0a0b0c0d' }],
    });
    const left = await scene.admin`select setting from process_secret where instance = '0000000a'`;
    expect(left.map(({ setting }) => setting)).toEqual(['KEY_PEPPER']);
  });

  it('of an older installation have an unknown age until somebody says it or they change', async () => {
    await scene.admin`update identity.tenant set created_at = now() - interval '2 years'`;
    await tell({ METRICS_TOKEN: 'dddddddd' });
    const look = async () => {
      await keepOwnSecrets(testJobActor(), await readOwnSecrets(testJobActor(), 'production'));
      return (await listSecrets(operator, { kind: 'own', q: 'METRICS_TOKEN' })).items[0];
    };
    expect(await look()).toMatchObject({ status: 'age_unknown', rotatedAt: null });
    await tell({ METRICS_TOKEN: 'eeeeeeee' });
    expect(await look()).toMatchObject({ status: 'current', rotatedFrom: 'observed' });
  });
});
