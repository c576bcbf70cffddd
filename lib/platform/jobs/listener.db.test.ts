import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { newTenant, openScene, type Scene } from '@/db/test/scene';
import { createListener } from './listener';
import { runForTenants } from './tenants';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

it('hears notices, and again after its connection was lost for longer than the driver tries', async () => {
  const database = new URL(scene.urls.superuser).pathname.slice(1);
  const heard: string[] = [];
  const onListen = vi.fn();
  const listener = createListener('test_channel', (payload) => heard.push(payload), {
    onListen,
    silentMs: 200,
  });
  const notify = (text: string) => scene.admin`select pg_notify('test_channel', ${text})`;
  try {
    await listener.check();
    await notify('first');
    await vi.waitFor(() => expect(heard).toEqual(['first']));

    await scene.admin`alter database ${scene.admin(database)} connection limit 0`;
    await scene.admin`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'bulwark listen test_channel' and datname = ${database}`;
    await new Promise((resolve) => setTimeout(resolve, 500));
    await scene.admin`alter database ${scene.admin(database)} connection limit -1`;
    await vi.waitFor(
      async () => {
        await listener.check();
        await notify('second');
        expect(heard).toContain('second');
      },
      { timeout: 10_000, interval: 250 },
    );
    expect(onListen.mock.calls.length).toBeGreaterThan(1);
    expect(heard.some((payload) => payload.startsWith('heartbeat'))).toBe(false);
  } finally {
    await scene.admin`alter database ${scene.admin(database)} connection limit -1`;
    await listener.stop();
  }
});

it('gives every tenant its turn, also after one has failed', async () => {
  const [first, second] = [await newTenant('first'), await newTenant('second')];
  const seen: string[] = [];
  const job = {
    name: 'count',
    everyMs: 1000,
    run: async (actor: { tenantId: string; label: string }) => {
      seen.push(actor.tenantId);
      expect(actor.label).toBe('worker: count');
      if (actor.tenantId === first) throw new Error('this tenant is broken');
    },
  };
  await expect(runForTenants(job)).rejects.toThrow('this tenant is broken');
  expect(seen).toEqual(expect.arrayContaining([first, second]));
  expect(seen).toHaveLength(3);
});
