import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, it } from 'vitest';
import drizzleConfig from '../drizzle.config';

it('the newest snapshot in drizzle/meta is that of the schema: "npm run migrations" begins from it', () => {
  const root = join(import.meta.dirname, '..');
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-migrations-'));
  try {
    cpSync(join(root, 'drizzle'), join(folder, 'drizzle'), { recursive: true });
    const before = readdirSync(join(folder, 'drizzle')).sort();
    const config = join(folder, 'drizzle.config.json');
    writeFileSync(config, JSON.stringify({ ...drizzleConfig, out: relative(root, join(folder, 'drizzle')) }));
    const kit = join(root, 'node_modules/drizzle-kit/bin.cjs');
    const said = execFileSync(process.execPath, [kit, 'generate', `--config=${config}`], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(said).toContain('No schema changes');
    expect(readdirSync(join(folder, 'drizzle')).sort()).toEqual(before);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
