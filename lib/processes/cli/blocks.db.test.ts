import { afterAll, beforeAll, expect, it } from 'vitest';
import { openScene, type Scene, userActor } from '@/db/test/scene';
import { createBlock } from '@/lib/access/blocks/create-block';
import { isBlocked } from '@/lib/platform/auth/request/refuse-blocked';
import { runCli } from './run';

let scene: Scene;
beforeAll(async () => {
  scene = await openScene();
});
afterAll(() => scene.close());

async function run(...words: string[]) {
  const lines: string[] = [];
  const write = (line: string) => lines.push(line);
  return { code: await runCli(words, { out: write, err: write }), text: lines.join('\n') };
}

it('bulwark blocks: lists what stands and lifts what locked the operator out', async () => {
  const operator = await userActor('operator');
  expect((await run('blocks', 'list')).text).toBe('No blocks.');
  const { id } = await createBlock(operator, {
    kind: 'user',
    value: operator.userId,
    reason: 'by mistake',
    duration: null,
    confirm: true,
  });
  expect(await isBlocked(operator)).toBe(true);
  const listed = await run('blocks', 'list', '--state', 'active');
  expect(listed.code).toBe(0);
  expect(listed.text).toContain(id);
  expect(listed.text).toContain('by mistake');
  expect((await run('blocks', 'lift', id, '--reason', 'locked out')).code).toBe(0);
  expect(await isBlocked(operator)).toBe(false);
  expect((await run('blocks', 'lift', id)).code).toBe(1);
  expect((await run('blocks', 'lift')).code).toBe(2);
  expect((await run('blocks', 'list', '--state', 'gone')).code).not.toBe(0);
  const [row] = await scene.admin`select actor_type, reason from audit_event where action = 'block.lifted'`;
  expect(row).toEqual({ actor_type: 'cli', reason: 'locked out' });
});
