import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeFileAtomic } from '@/lib/platform/core/atomic-file';
import { envTarget, fileTarget } from './secret-target';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulwark-target-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a file', () => {
  it('is replaced whole, for its owner only, and leaves nothing beside it', async () => {
    const path = join(folder, 'own', 'secret');
    await writeFileAtomic(path, 'old\n');
    chmodSync(path, 0o644);
    await fileTarget(path).write('new');
    expect(await fileTarget(path).read()).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(folder, 'own'))).toEqual(['secret']);
  });

  it('stays as it was where the new one cannot be written', async () => {
    const path = join(folder, 'kept');
    writeFileSync(path, 'old');
    await expect(writeFileAtomic(join(path, 'below'), 'new')).rejects.toThrow();
    expect(readFileSync(path, 'utf8')).toBe('old');
  });
});

describe('a variable of an env file', () => {
  it('is replaced in its line, with its quotes; everything else stays', async () => {
    const path = join(folder, '.env');
    const other = '# KEY=comment\nexport A=1\nMY_KEY=x\n';
    for (const [before, after] of [
      ['KEY=old', 'KEY=new$&'],
      ['KEY="old"', 'KEY="new$&"'],
      ["export KEY='old'", "export KEY='new$&'"],
    ]) {
      writeFileSync(path, `${other}${before}\nZ=9\n`);
      expect(await envTarget(path, 'KEY').read()).toBe('old');
      await envTarget(path, 'KEY').write('new$&');
      expect(readFileSync(path, 'utf8')).toBe(`${other}${after}\nZ=9\n`);
    }
  });

  it('must be there, under a name that is one', async () => {
    const path = join(folder, '.env2');
    writeFileSync(path, 'A=1\n');
    await expect(envTarget(path, 'B').read()).rejects.toThrow(/no line B=/);
    expect(() => envTarget(path, 'A.*')).toThrow(/not the name/);
  });

  it('reads back what it wrote, whatever the other lines are', async () => {
    const path = join(folder, '.env3');
    const line = fc.stringMatching(/^[A-Z]{2,5}=[ -~]{0,20}$/).filter((text) => !text.startsWith('KEY='));
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 5 }),
        fc.stringMatching(/^[A-Za-z0-9_]{10,40}$/),
        async (lines, secret) => {
          writeFileSync(path, [...lines, 'KEY=old', ...lines, ''].join('\n'));
          await envTarget(path, 'KEY').write(secret);
          expect(await envTarget(path, 'KEY').read()).toBe(secret);
          expect(
            readFileSync(path, 'utf8')
              .split('\n')
              .filter((one) => !one.startsWith('KEY=')),
          ).toEqual([...lines, ...lines, '']);
        },
      ),
      { numRuns: 30 },
    );
  });
});
