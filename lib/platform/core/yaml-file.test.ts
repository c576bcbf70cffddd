import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'prom-client';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { addWatchedFileMetrics, refusedFiles, watchedFiles } from './watched-files';
import { FileError, fileObject, parseYaml, ReloadingFile } from './yaml-file';

const schema = fileObject({
  version: z.literal(1, 'The file must contain version: 1.'),
  rules: z.array(fileObject({ name: z.string(), limit: z.int('Write a whole number.') })),
});
const parse = (text: string, file = 'rules.yaml') => parseYaml(text, file, schema);

function problemsOf(text: string) {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof FileError) return error.problems;
    throw error;
  }
  throw new Error('The text was accepted');
}

describe('parseYaml', () => {
  it('gives the value, and the line of each part', () => {
    const file = parse(
      'version: 1\nrules:\n  # the first\n  - name: a\n    limit: 5\n  - { name: b, limit: 6 }\n',
    );
    expect(file.value.rules.map(({ limit }) => limit)).toEqual([5, 6]);
    expect([
      file.lineOf(['rules', 0]),
      file.lineOf(['rules', 0, 'limit']),
      file.lineOf(['rules', 1]),
    ]).toEqual([4, 5, 6]);
    expect(file.lineOf(['rules', 0, 'absent', 'deeper'])).toBe(4);
    expect(file.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('names the line of a wrong value and of an unknown field, with what is allowed', () => {
    expect(problemsOf('version: 1\nrules:\n  - name: a\n    limit: many\n')).toEqual([
      { line: 4, column: 12, path: 'rules/0/limit', message: 'Write a whole number.' },
    ]);
    const [unknown] = problemsOf('version: 1\nrules:\n  - name: a\n    limit: 1\n    colour: red\n');
    expect(unknown).toMatchObject({ line: 5, column: 5 });
    expect(unknown?.message).toBe('Unknown field colour. Allowed fields: name, limit.');
  });

  it.each([
    ['a key given twice', 'version: 1\nversion: 1\nrules: []\n', 2],
    ['a tab as indentation', 'version: 1\nrules:\n\t- name: a\n', 3],
    ['an alias of nothing', 'version: 1\nrules: *x\n', 1],
    ['a tag', 'version: 1\nrules: !!js/function "x"\n', 2],
    ['nothing', '', 1],
    ['a list', '- 1\n', 1],
  ])('refuses %s', (_, text, line) => {
    expect(problemsOf(text)[0]?.line).toBe(line);
  });

  it('refuses aliases that multiply', () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
      .split('')
      .map(
        (name, i) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefgh'[i]}`).join(',')}]`,
      )
      .join('\n')}\nversion: *h\n`;
    expect(problemsOf(bomb)).toHaveLength(1);
  });
});

describe('ReloadingFile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bulwark-yaml-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('keeps what is in force while the new version is bad, and takes it once it is good', () => {
    const path = join(folder, 'rules.yaml');
    const write = (text: string) => {
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
    };
    write('version: 1\nrules: []\n');
    const changes: number[] = [];
    const errors: FileError[] = [];
    const state = () => watchedFiles().find(({ name }) => name === 'detections');
    const file = new ReloadingFile({
      name: 'detections',
      file: path,
      parse,
      onChange: ({ value }) => changes.push(value.rules.length),
      onError: (error) => errors.push(error),
      pollMs: 3_600_000,
    });
    write('version: 2\n');
    file.reload();
    file.reload();
    expect(file.current.value.rules).toEqual([]);
    expect(errors).toHaveLength(1);
    expect(state()).toMatchObject({ file: path, loadedAt: expect.any(String) });
    expect(state()?.problems[0]).toMatchObject({ line: 1, column: 10 });
    expect(refusedFiles()).toContainEqual({ name: 'detections', line: 1 });
    expect(file.error?.message).toContain(`${path}:1:10: version: The file must contain version: 1.`);
    rmSync(path);
    file.reload();
    expect(file.error?.message).toContain('Could not read the file (ENOENT)');
    write('version: 1\nrules: [{ name: a, limit: 1 }]\n');
    file.reload();
    expect({ error: file.error, changes, rules: file.current.value.rules.length }).toEqual({
      error: null,
      changes: [1],
      rules: 1,
    });
    expect(state()?.problems).toEqual([]);
    file.close();
  });

  it('says so where no version could be used at all', async () => {
    const path = join(folder, 'never.yaml');
    expect(() => new ReloadingFile({ name: 'checklist', file: path, parse })).toThrow(FileError);
    expect(watchedFiles().find(({ name }) => name === 'checklist')).toMatchObject({
      file: path,
      loadedAt: null,
    });
    const registry = new Registry();
    addWatchedFileMetrics(registry);
    expect(await registry.metrics()).toContain('bulwark_file_problems{file="checklist"} 1');
  });
});
