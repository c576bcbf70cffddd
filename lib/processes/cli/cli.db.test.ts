import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newTenant, openScene, type Scene } from '@/db/test/scene';
import { parseKey } from '@/lib/platform/auth/credential/key-format';
import { runCli } from './run';

let scene: Scene;
let tenantId: string;
beforeAll(async () => {
  scene = await openScene();
  tenantId = await newTenant('acme');
});
afterAll(() => scene.close());

async function run(...words: string[]) {
  const out: string[] = [];
  const err: string[] = [];
  const code = await runCli(words, { out: (line) => out.push(line), err: (line) => err.push(line) });
  return { code, out: out.join('\n'), err: err.join('\n') };
}

async function events() {
  return scene.admin`select action, outcome, code, actor_type, actor_label, target_label, details, tenant_id
    from audit_event where actor_type = 'cli' order by at desc`;
}

describe('bulwark keys', () => {
  it('creates a key in a tenant, shows the secret once and records both rows', async () => {
    const created = await run(
      'keys',
      'create',
      '--name',
      'ci',
      '--scopes',
      'scans:write, gate:verify',
      '--tenant',
      'acme',
      '--json',
    );
    expect(created.code).toBe(0);
    const answer = JSON.parse(created.out);
    expect(parseKey(answer.secret)).not.toBeNull();
    expect(answer.key).toMatchObject({ name: 'ci', scopes: ['scans:write', 'gate:verify'], owner: null });
    const [command, change] = await events();
    expect(command).toMatchObject({
      action: 'cli.command',
      outcome: 'success',
      target_label: 'bulwark keys create',
      tenant_id: tenantId,
    });
    expect(change).toMatchObject({ action: 'key.created', tenant_id: tenantId });
    expect(change?.actor_label).toMatch(/^.+@.+$/);
    expect(JSON.stringify(await scene.admin`select * from audit_event`)).not.toContain(answer.secret);

    const listed = await run('keys', 'list', '--tenant', 'acme');
    expect(listed.out).toContain(answer.key.id);
    expect(listed.out).not.toContain(answer.secret.slice(-20));
    expect((await run('keys', 'list')).out).toBe('No keys.');
  });

  it('expires when told, also never', async () => {
    const expiry = async (text: string) =>
      JSON.parse(
        (await run('keys', 'create', '--name', 'x', '--scopes', 'keys:read', '--expires', text, '--json'))
          .out,
      ).key.expiresAt;
    expect(await expiry('never')).toBeNull();
    expect(Date.parse(await expiry('2d')) - Date.now()).toBeGreaterThan(47 * 3_600_000);
    expect(await expiry('2999-01-01T00:00:00Z')).toBe('2999-01-01T00:00:00.000Z');
    expect(
      await run('keys', 'create', '--name', 'x', '--scopes', 'keys:read', '--expires', 'soon'),
    ).toMatchObject({ code: 2 });
  });

  it('revokes', async () => {
    const { key } = JSON.parse(
      (await run('keys', 'create', '--name', 'gone', '--scopes', 'keys:read', '--json')).out,
    );
    expect(await run('keys', 'revoke', key.id, '--reason', 'key-compromise')).toMatchObject({
      code: 0,
      err: '',
    });
    const again = await run('keys', 'revoke', key.id, '--reason', 'UNSPECIFIED');
    expect(again).toMatchObject({ code: 1, out: '', err: 'The key is already revoked.' });
    const [command] = await events();
    expect(command).toMatchObject({ action: 'cli.command', outcome: 'failure', code: 'conflict' });
  });

  it.each([
    [['keys', 'frobnicate'], 2, /Unknown command "bulwark keys frobnicate"/],
    [['keys', 'list', '--nonsense'], 2, /Unknown option/],
    [['keys', 'create', '--name', 'x'], 2, /--scopes is missing/],
    [['keys', 'create', '--name', 'x', '--scopes', 'root'], 1, /"root" is not a valid scope/],
    [['keys', 'revoke', '--reason', 'UNSPECIFIED'], 2, /Missing key ID/],
    [['keys', 'revoke', 'x', '--reason', 'UNSPECIFIED'], 1, /Key not found in this tenant/],
    [['keys', 'list', '--tenant', 'nobody'], 1, /Tenant "nobody" not found/],
  ])('explains %j', async (words, code, sentence) => {
    const answer = await run(...words);
    expect(answer).toMatchObject({ code, out: '' });
    expect(answer.err).toMatch(sentence);
  });

  it('shows no answer that could not be recorded', async () => {
    await scene.admin`revoke insert on audit_event from app_rw`;
    try {
      const answer = await run('keys', 'list');
      expect(answer).toMatchObject({ code: 1, out: '' });
      expect(answer.err).toMatch(/Could not write the audit log/);
    } finally {
      await scene.admin`grant insert on audit_event to app_rw`;
    }
  });
});

describe('bulwark help', () => {
  it('names every command', async () => {
    const { code, out } = await run('help');
    expect(code).toBe(0);
    for (const name of ['keys create', 'keys list', 'keys revoke', 'migrate', 'roles', 'doctor'])
      expect(out).toContain(`bulwark ${name}`);
    expect((await run()).out).toBe(out);
  });
});
