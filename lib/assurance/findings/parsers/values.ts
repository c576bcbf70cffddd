import { SEVERITIES as SEVERITY_ORDER, type Severity } from '@/lib/assurance/findings/contract';
import { scoreOfVector } from '@/lib/assurance/findings/import/cvss';

export const TITLE_LENGTH_MAX = 300;
export const TEXT_LENGTH_MAX = 2_000;
const PART_LENGTH_MAX = 1_000;
const REFERENCES_MAX = 10;

export type Item = Readonly<Record<string, unknown>>;

export function isItem(value: unknown): value is Item {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object, or an empty one for anything else: reports are written by strangers. */
export function itemOf(value: unknown): Item {
  return isItem(value) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function itemsOf(value: unknown): Item[] {
  return listOf(value).filter(isItem);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const UNSTORABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** Text as it may be stored and shown: well-formed, without control characters and text direction marks, bounded. */
export function textOf(value: unknown, lengthMax = PART_LENGTH_MAX): string {
  const text = typeof value === 'number' ? String(value) : value;
  if (typeof text !== 'string') return '';
  return text.slice(0, lengthMax).toWellFormed().replaceAll(UNSTORABLE, '').trim();
}

/** The first of them that holds any text. */
export function firstText(...values: unknown[]): string {
  for (const value of values) {
    const text = textOf(value);
    if (text !== '') return text;
  }
  return '';
}

/** The image digests in texts such as `registry/web@sha256:9f86…` or a package URL, where the colon is `%3A`. */
export function digestsIn(...values: unknown[]): Set<string> {
  const texts = values.flatMap((value) => (Array.isArray(value) ? textsOf(value) : textOf(value)));
  const found = texts.flatMap((text) => [...text.matchAll(/sha256(?::|%3A)([0-9a-f]{64})(?![0-9a-f])/gi)]);
  return new Set(found.map(([, hex = '']) => `sha256:${hex.toLowerCase()}`));
}

/** The name of an image without tag and digest, which change with every build. A port is no tag. */
export function withoutTag(image: string): string {
  const bare = image.split('@', 1)[0] ?? '';
  return bare.replace(/:[\w][\w.-]{0,127}$/, '');
}

export function textsOf(value: unknown): string[] {
  return listOf(value)
    .map((one) => textOf(one))
    .filter((one) => one !== '');
}

/** `{name: text}` where there is text: for fields that are left out when empty. */
export function optional<K extends string>(
  name: K,
  value: unknown,
  lengthMax?: number,
): { [P in K]?: string } {
  const text = textOf(value, lengthMax);
  return text === '' ? {} : ({ [name]: text } as { [P in K]: string });
}

export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined;
}

const LINE_MAX = 2_000_000_000;

/** A line or column of a file: from 1 on. */
export function lineOf(value: unknown): number | undefined {
  const number = numberOf(value);
  return number !== undefined && number >= 1 && number <= LINE_MAX ? Math.floor(number) : undefined;
}

/** Addresses that may become links: http and https only, without credentials. */
export function referencesOf(...values: unknown[]): string[] {
  const found = new Set<string>();
  for (const value of values) {
    if (found.size === REFERENCES_MAX) break;
    const url = URL.parse(textOf(value, 500));
    if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) found.add(url.href);
  }
  return [...found];
}

const SEVERITIES: Readonly<Record<string, Severity>> = {
  critical: 'critical',
  high: 'high',
  important: 'high',
  error: 'high',
  medium: 'medium',
  moderate: 'medium',
  warning: 'medium',
  low: 'low',
  note: 'low',
  negligible: 'info',
  info: 'info',
  informational: 'info',
  none: 'info',
};

export function severityOf(value: unknown): Severity | null {
  return SEVERITIES[textOf(value, 40).toLowerCase()] ?? null;
}

/** The qualitative rating of CVSS 3 and 4 for a score from 0 to 10. */
export function severityOfScore(score: number | undefined): Severity | null {
  if (score === undefined || score < 0 || score > 10) return null;
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  return score > 0 ? 'low' : 'info';
}

/** For sorting: the worst severity first. */
export const severityRank = ({ severity }: { severity: Severity }) => SEVERITY_ORDER.indexOf(severity);

export interface Rating {
  severity: Severity;
  isUnrated?: boolean;
  cvssScore?: number;
  cvssVector?: string;
}

/** Severity as the scanner says; else by its score, else by its vector; else `otherwise`, marked as unrated. */
export function ratingOf(
  given: { severity?: unknown; score?: unknown; vector?: unknown },
  otherwise: Severity = 'medium',
): Rating {
  const vector = textOf(given.vector, 200);
  const named = severityOf(given.severity);
  const score = numberOf(given.score) ?? (vector === '' ? undefined : scoreOfVector(vector));
  const known = score !== undefined && score >= 0 && score <= 10 ? score : undefined;
  const severity = named ?? severityOfScore(known);
  return {
    severity: severity ?? otherwise,
    ...(severity === null ? { isUnrated: true } : {}),
    ...(known === undefined ? {} : { cvssScore: Math.round(known * 10) / 10 }),
    ...(vector === '' ? {} : { cvssVector: vector }),
  };
}

const ALIAS =
  /^(CVE-\d{4}-\d{4,19}|GHSA(-[0-9a-z]{4}){3}|SNYK-[A-Z0-9]+-[A-Z0-9]+-\d+|GO-\d{4}-\d+|RUSTSEC-\d{4}-\d+|PYSEC-\d{4}-\d+|OSV-\d{4}-\d+)$/i;

function aliasForm(text: string): string {
  const upper = text.toUpperCase();
  return upper.startsWith('GHSA-') ? `GHSA${text.slice(4).toLowerCase()}` : upper;
}

/** What names vulnerabilities across tools (CVE, GHSA, SNYK …), each once and in its usual letters. */
export function aliasesOf(...values: unknown[]): string[] {
  const texts = values.flat(2).map((one) => textOf(one, 60));
  return [...new Set(texts.filter((one) => ALIAS.test(one)).map(aliasForm))];
}

/** A vulnerability's id resolved by its aliases: CVE before GHSA before the tool's own name. */
export function resolveIds(own: string, aliases: readonly string[]): [string, ...string[]] {
  const id = ALIAS.test(own) ? aliasForm(own) : own;
  const all = [...new Set([id, ...aliases])];
  const rank = (one: string) =>
    one.startsWith('CVE-') ? 0 : one.startsWith('GHSA-') ? 1 : one === id ? 2 : 3;
  const kept = all.filter((one) => rank(one) < 3).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return [kept[0] ?? id, ...kept.slice(1)];
}
