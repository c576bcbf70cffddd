import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openScene, type Scene } from '@/db/test/scene';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

/** The command line in a process of its own environment: modules are loaded anew, so that it is read again. */
async function doctor(environment: Record<string, string>) {
  vi.resetModules();
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const { runCli } = await import('./run');
  const { closePools } = await import('@/db/connect');
  const lines: string[] = [];
  const code = await runCli(['doctor'], { out: (line) => lines.push(line), err: (line) => lines.push(line) });
  await closePools();
  vi.unstubAllEnvs();
  return { code, lines };
}

const connections = () => ({
  DATABASE_URL: scene.urls.rw,
  DATABASE_URL_RO: scene.urls.ro,
  DATABASE_URL_GATE: scene.urls.gate,
  DATABASE_URL_MIGRATOR: scene.urls.migrator,
});

describe('bulwark doctor', () => {
  it('finds a good installation good', async () => {
    const { code, lines } = await doctor(connections());
    expect(lines.filter((line) => !line.startsWith('ok'))).toEqual([
      expect.stringMatching(/^\d+ ok, 0 warn, 0 fail$/),
    ]);
    expect(code).toBe(0);
  });

  it('names what is wrong and what to do', async () => {
    await scene.admin`create table public.stray (id int)`;
    try {
      const { code, lines } = await doctor({
        ...connections(),
        DATABASE_URL: scene.urls.rw
          .replace('app_rw', 'app_ro')
          .replace(/:[^:@]+@/, `:${new URL(scene.urls.ro).password}@`),
        DATABASE_URL_RO: scene.urls.superuser,
        DATABASE_URL_GATE: 'postgres://app_gate:wrong@127.0.0.1:1/none',
      });
      expect(code).toBe(1);
      const fails = lines.filter((line) => line.startsWith('fail')).join('\n');
      expect(fails).toMatch(/connection is for app_rw, but its user is app_ro/);
      expect(fails).toMatch(/is a superuser\. Connect as app_ro/);
      expect(fails).toMatch(/app_gate: .*ECONNREFUSED/);
      expect(fails).toMatch(/row-level security is not forced: public\.stray/);
      expect(lines.join('\n')).not.toContain('wrong');
    } finally {
      await scene.admin`drop table public.stray`;
    }
  });

  it('says which settings are bad, and looks no further', async () => {
    const { code, lines } = await doctor({ PORT: 'many' });
    expect(code).toBe(1);
    expect(lines[0]).toBe('fail  PORT must be a whole number from 1 to 65535.');
  });
});
