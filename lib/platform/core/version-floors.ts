import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Fix {
  version: string;
  advisories: string[];
}

interface Floors {
  packages: { name: string; fixes: Fix[]; note?: string }[];
  refused: { name: string; advisories: string[] }[];
}

interface Lock {
  packages: Record<string, { version?: string }>;
}

/** Negative when a is older than b. A prerelease is older than its release (semver.org, item 11). */
export function compareVersions(a: string, b: string): number {
  const [coreA = '', preA] = a.split('+')[0]?.split(/-(.*)/s) ?? [];
  const [coreB = '', preB] = b.split('+')[0]?.split(/-(.*)/s) ?? [];
  const numbersB = coreB.split('.').map(Number);
  for (const [index, number] of coreA.split('.').map(Number).entries()) {
    const difference = number - (numbersB[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (preA === preB) return 0;
  if (preA === undefined) return 1;
  if (preB === undefined) return -1;
  return preA < preB ? -1 : 1;
}

const read = <T>(root: string, path: string): T => JSON.parse(readFileSync(join(root, path), 'utf8'));

const advisoryText = (ids: string[]) => (ids.length > 0 ? ids.join(', ') : 'advisory without an id');

/** Every locked package against `security/version-floors.json`, without a network. */
export function checkVersionFloors(root: string): string[] {
  const floors = read<Floors>(root, 'security/version-floors.json');
  const lock = read<Lock>(root, 'package-lock.json');
  const problems: string[] = [];
  for (const [path, { version }] of Object.entries(lock.packages)) {
    const name = path.split('node_modules/').at(-1);
    if (!name || !version) continue;
    const refused = floors.refused.find((one) => one.name === name);
    if (refused) problems.push(`${path} must not be used: ${advisoryText(refused.advisories)}. Remove it.`);
    const fixes = floors.packages.find((one) => one.name === name)?.fixes ?? [];
    for (const fix of fixes.filter((one) => compareVersions(version, one.version) < 0)) {
      problems.push(
        `${path} ${version} is older than ${fix.version}: ${advisoryText(fix.advisories)}. Install ${fix.version} or newer.`,
      );
    }
  }
  return problems;
}
