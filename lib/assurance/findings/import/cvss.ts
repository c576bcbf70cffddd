import { createRequire } from 'node:module';

// The library is CommonJS that Node cannot name the exports of, and its types say otherwise.
const cvss: typeof import('ae-cvss-calculator') = createRequire(import.meta.url)('ae-cvss-calculator');

/** The overall score, from 0 to 10, of a CVSS 2, 3.0, 3.1 or 4.0 vector. Version 3 vectors without a prefix count as 3.1. */
export function scoreOfVector(vector: string): number | undefined {
  const isBareVersion3 = /^AV:[A-Z]\/AC:[A-Z]\/PR:/.test(vector);
  try {
    const scores = cvss.fromVector(isBareVersion3 ? `CVSS:3.1/${vector}` : vector)?.calculateScores();
    const score: unknown = scores?.overall;
    return typeof score === 'number' && score >= 0 && score <= 10 ? score : undefined;
  } catch {
    return undefined;
  }
}
