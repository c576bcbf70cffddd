import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { openScene, type Scene, testJobActor, userActor } from '@/db/test/scene';
import { listBackends } from '@/lib/access/secrets/backend-queries';
import { SECRET_STATUSES } from '@/lib/access/secrets/contract';
import { listSecrets } from '@/lib/access/secrets/queries';
import { readBackend } from '@/lib/access/secrets/read-backend';
import { type AwsStandIn, MOTO_MISSING, motoBinary, startAws } from '@/lib/access/secrets/test/aws';
import type { Actor } from '@/lib/platform/auth/contract';
import { DAY_MS } from '@/lib/platform/core/clock';
import { AwsReader } from './aws-reader';

const REGION = 'eu-central-1';
let scene: Scene;
let operator: Actor;
let aws: AwsStandIn;
let owner: SecretsManagerClient;
beforeAll(async () => {
  if (motoBinary === null) return;
  [scene, aws] = await Promise.all([openScene(), startAws()]);
  operator = await userActor('operator');
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', aws.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'worker');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'hunter2hunter2');
  aws.denied.add('worker');
  owner = new SecretsManagerClient({
    region: REGION,
    endpoint: aws.endpoint,
    credentials: { accessKeyId: 'owner', secretAccessKey: 'x' },
  });
}, 90_000);
afterAll(async () => {
  owner?.destroy();
  await aws?.stop();
  await scene?.close();
});
beforeEach(({ skip }) => {
  if (motoBinary === null) skip(MOTO_MISSING);
});

const look = () =>
  readBackend(testJobActor(), { kind: 'aws', name: REGION, open: () => new AwsReader(REGION) }, true);
const backend = async () => (await listBackends(operator)).items.find(({ kind }) => kind === 'aws');
const named = async (path: string) =>
  (await listSecrets(operator, { status: [...SECRET_STATUSES], limit: 200 })).items.find(
    (one) => one.path === path,
  );
const make = (name: string, tags: Record<string, string> = {}) =>
  owner.send(
    new CreateSecretCommand({
      Name: name,
      SecretString: 'q8Jx2VbN5kLr7TzW',
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  );

describe('the inventory of AWS Secrets Manager', () => {
  it('lists names, tags, versions and uses, and proves that GetSecretValue is denied', async () => {
    await make('shop/db', { Owner: 'ada', consumers: 'web worker' });
    await make('shop/stripe');
    await owner.send(new GetSecretValueCommand({ SecretId: 'shop/db' }));
    await look();
    expect(await backend()).toMatchObject({
      state: 'ok',
      secrets: 2,
      proof: { outcome: 'denied', paths: 2 },
    });
    expect(await named('shop/db')).toMatchObject({
      kind: 'value',
      status: 'current',
      ownerLabel: 'ada',
      consumers: 2,
      isUseKnown: true,
      rotatedFrom: 'backend',
      intervalDays: 90,
    });
    expect((await named('shop/db'))?.usedAt).toMatch(/T00:00:00/);
    expect((await named('shop/stripe'))?.usedAt).toBeNull();
    // The question is about a version that does not exist: no answer can hold a value.
    expect(aws.asked.filter((name) => name === 'GetSecretValue')).toHaveLength(3);
  });

  it('turns red where the identity is let through', async () => {
    aws.denied.delete('worker');
    await look();
    expect(await backend()).toMatchObject({ state: 'readable', proof: { outcome: 'readable' } });
    expect((await backend())?.sentence).toMatch(
      /^Can read values: GetSecretValue of shop\/db and of 1 more is allowed/,
    );
    aws.denied.add('worker');
    await look();
    expect(await backend()).toMatchObject({ state: 'ok' });
  });

  it('keeps the age of the current version when the secret is edited', async () => {
    const before = await named('shop/db');
    await owner.send(new TagResourceCommand({ SecretId: 'shop/db', Tags: [{ Key: 'team', Value: 'x' }] }));
    await look();
    expect((await named('shop/db'))?.rotatedAt).toBe(before?.rotatedAt);
    await owner.send(new PutSecretValueCommand({ SecretId: 'shop/db', SecretString: 'another-Value-4711' }));
    await look();
    const after = await named('shop/db');
    expect(after?.versionLabel).not.toBe(before?.versionLabel);
  });

  it('says until when a deleted secret can be had back', async () => {
    await make('old/one');
    await look();
    await owner.send(new DeleteSecretCommand({ SecretId: 'old/one', RecoveryWindowInDays: 7 }));
    await look();
    const deleted = await named('old/one');
    expect(deleted).toMatchObject({ status: 'deleted', missingAt: null });
    const leftMs = Date.parse(deleted?.recoverableUntil ?? '') - Date.now();
    expect(leftMs).toBeGreaterThan(6.9 * DAY_MS);
    const since = deleted?.deletedAt;
    await look();
    expect((await named('old/one'))?.deletedAt).toBe(since);
  });

  it("shows another tool's rotation that does not end", async () => {
    await owner.send(
      new PutSecretValueCommand({
        SecretId: 'shop/stripe',
        SecretString: 'pending',
        VersionStages: ['AWSPENDING'],
      }),
    );
    await look();
    const stuck = await named('shop/stripe');
    expect(stuck?.status).toBe('stuck');
    expect(stuck?.stuckReason).toMatch(/^A rotation has not finished: version .{8} is still AWSPENDING/);
    expect(stuck?.stuckSince).not.toBeNull();
  });

  it.each([
    ['AccessDeniedException', 'denied'],
    ['UnrecognizedClientException', 'login_refused'],
    ['ExpiredTokenException', 'token_expired'],
    ['RequestTimeTooSkewed', 'clock_skew'],
    ['ResourceNotFoundException', 'bad_answer'],
  ])('has a sentence of its own for %s', async (type, code) => {
    for (let i = 0; i < 3; i++) aws.failNext('ListSecrets', type);
    await look();
    const problem = (await backend())?.problem;
    if (code !== 'clock_skew') expect(problem?.code).toBe(code);
    expect(JSON.stringify(problem)).not.toMatch(/planted|hunter2/);
    await look();
    expect((await backend())?.problem).toBeNull();
  });

  it('stands behind a proxy that has the manners of AWS', async () => {
    const token = '7a1f9a03-0000-4000-8000-000000000001';
    const put = (SecretString: string) =>
      owner.send(
        new PutSecretValueCommand({
          SecretId: 'shop/db',
          ClientRequestToken: token,
          SecretString,
          VersionStages: ['AWSPENDING'],
        }),
      );
    await put('one');
    await put('one');
    await expect(put('two')).rejects.toMatchObject({ name: 'ResourceExistsException' });
    await expect(owner.send(new RotateSecretCommand({ SecretId: 'shop/db' }))).rejects.toMatchObject({
      name: 'InvalidRequestException',
    });
  });

  it('keeps no value anywhere', async () => {
    const [row] = await scene.admin`select string_agg(t::text, '') as text from (
      select to_jsonb(s) as t from secret s union all select to_jsonb(b) from secret_backend b
      union all select to_jsonb(a) from audit_event a) everything`;
    expect(row?.text).not.toMatch(/q8Jx2VbN5kLr7TzW|another-Value-4711|hunter2/);
  });
});
