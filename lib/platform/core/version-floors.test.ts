import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { plantTree } from '@/guards/planted-tree';
import { checkVersionFloors, compareVersions } from './version-floors';

const floors = readFileSync(join(process.cwd(), 'security/version-floors.json'), 'utf8');

const check = (packages: Record<string, { version: string }>) =>
  checkVersionFloors(
    plantTree({ 'security/version-floors.json': floors, 'package-lock.json': JSON.stringify({ packages }) }),
  );

test('versions at or above the floor pass', () => {
  expect(check({ '': { version: '1.0.0' }, 'node_modules/next': { version: '16.4.3' } })).toEqual([]);
});

test('a version below the floor is reported with its advisories, also when nested', () => {
  expect(check({ 'node_modules/a/node_modules/next': { version: '16.3.9' } })).toEqual([
    'node_modules/a/node_modules/next 16.3.9 is older than 16.4.3: GHSA-2464-fhr4-w9xw, GHSA-673q-mjm6-r5xr, CVE-2026-94482. Install 16.4.3 or newer.',
  ]);
});

test('a refused package is reported', () => {
  expect(check({ 'node_modules/axios': { version: '99.0.0' } })[0]).toContain(
    'must not be used: CVE-2026-44492',
  );
});

test.each([
  ['16.4.10', '16.4.9', 1],
  ['16.4.3-canary.1', '16.4.3', -1],
  ['9.0.0', '9.0.1', -1],
  ['0.45.2', '0.45.2', 0],
  ['19.2.3+build', '19.2.3', 0],
])('%s against %s', (a, b, sign) => expect(Math.sign(compareVersions(a, b))).toBe(sign));
