import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { SERVICE_KEY, StandInGoTrue } from '@/lib/access/supabase/test/gotrue';

const gotrue = new StandInGoTrue();
beforeAll(() => gotrue.start());
afterEach(() => {
  gotrue.failWith = null;
  vi.resetModules();
});
afterAll(() => gotrue.stop());

async function healthWith(settings: Record<string, string>) {
  const names = ['SUPABASE_URL', 'SUPABASE_SERVICE_ROLE_KEY', 'SUPABASE_JWT_SECRET'];
  for (const name of names) delete process.env[name];
  Object.assign(process.env, { BULWARK_PROCESS: 'test', BULWARK_MODE: 'local', ...settings });
  const { supabaseHealth } = await import('./supabase-health');
  return supabaseHealth();
}

describe('the health of the connection to Supabase', () => {
  it('is not shown where there is none', async () => {
    expect(await healthWith({})).toEqual([]);
  });

  it('says what is published and whether the service key is accepted', async () => {
    expect(await healthWith({ SUPABASE_URL: gotrue.url })).toMatchObject([
      { part: 'supabase', state: 'degraded' },
    ]);
    await gotrue.rotate();
    vi.resetModules();
    expect(await healthWith({ SUPABASE_URL: gotrue.url })).toMatchObject([
      { state: 'ok', detail: '1 published key, no service key' },
    ]);
    vi.resetModules();
    const known = { SUPABASE_URL: gotrue.url, SUPABASE_SERVICE_ROLE_KEY: SERVICE_KEY };
    expect(await healthWith(known)).toMatchObject([
      { state: 'ok', detail: '1 published key, the service key is accepted' },
    ]);
    vi.resetModules();
    const wrong = { SUPABASE_URL: gotrue.url, SUPABASE_SERVICE_ROLE_KEY: 'sb_secret_wrong' };
    const [part] = await healthWith(wrong);
    expect(part).toMatchObject({ state: 'degraded', detail: 'Supabase rejected the service key' });
  });

  it('says that Supabase does not answer', async () => {
    gotrue.failWith = 503;
    expect(await healthWith({ SUPABASE_URL: gotrue.url })).toMatchObject([{ state: 'degraded' }]);
    vi.resetModules();
    expect(await healthWith({ SUPABASE_URL: 'http://127.0.0.1:1' })).toMatchObject([{ state: 'down' }]);
  });
});
