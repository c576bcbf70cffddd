import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cliActorOf } from './command';
import { limitsCheck } from './limits';

const folder = mkdtempSync(join(tmpdir(), 'bulwark-limits-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));

function check(text: string | null, values = {}) {
  const file = join(folder, 'limits.yaml');
  if (text !== null) writeFileSync(file, text);
  return limitsCheck.run({
    values,
    positionals: [text === null ? join(folder, 'none.yaml') : file],
    actor: cliActorOf(),
    out: () => undefined,
  });
}

const good = `version: 1
limits:
  - { name: api, per: [key, ip], match: { paths: [/api/**] }, cost: 2, windows: [{ quota: 10, window: 1m }, { quota: 90, window: 1h }] }
  - { name: console, at: console, per: user, windows: [{ quota: 600, window: 1m }] }
`;

describe('bulwark limits check', () => {
  it('accepts a good file', async () => {
    const { isOk, lines } = await check(good);
    expect({ isOk, lines: lines.map((line) => line.replace(folder, '')) }).toEqual({
      isOk: true,
      lines: ['/limits.yaml is valid: 2 limits with 3 windows.'],
    });
  });

  it('says which limits apply to a request, by line, and why the others do not', async () => {
    const { lines } = await check(good, { path: '/api/v1', ip: '192.0.2.1' });
    expect(lines.slice(1).map((line) => line.replaceAll(/ {2,}/g, ' | ').trim())).toEqual([
      'Limits that apply to this request:',
      '| line 3 | api/1m | 10 in 60 s | each counts 2 | ip:192.0.2.1 | without Redis: local',
      '| line 3 | api/1h | 90 in 3600 s | each counts 2 | ip:192.0.2.1 | without Redis: local',
      'Not:',
      '| line 4 | console | applies to the other surface (at)',
    ]);
  });

  it('fails for a bad file with every problem on its line, and for a missing one', async () => {
    const bad = await check(good.replace('cost: 2', 'cost: 99').replace('per: user', 'per: team'));
    expect(bad.isOk).toBe(false);
    expect(bad.lines.map((line) => /limits\.yaml:(\d+)/.exec(line)?.[1])).toEqual(['4']);
    const missing = await check(null);
    expect([missing.isOk, missing.lines[0]]).toEqual([
      false,
      expect.stringContaining('Could not read the file (ENOENT)'),
    ]);
  });

  it('refuses a request that cannot be described so', async () => {
    await expect(check(good, { ip: 'here' })).rejects.toThrow('address');
  });
});
