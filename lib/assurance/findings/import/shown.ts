import { SEVERITIES, type Severity } from '@/lib/assurance/findings/contract';
import type { Attributes, OtherView } from './merge-rows';

/** Not rated by the scanner; also the rating of its sighting. */
export const UNRATED = SEVERITIES.length;

export function ratingOf({
  severity,
  isUnrated,
}: {
  severity: Severity;
  isUnrated?: boolean | undefined;
}): number {
  return isUnrated ? UNRATED : SEVERITIES.indexOf(severity);
}

/** What one report says of a finding, beside what is stored and what other streams say. */
export interface Views {
  /** Of the report: its branch, and how it rates the finding. */
  branch: string;
  rating: number;
  severity: Severity;
  stored: { severity: Severity; isUnrated: boolean };
  others: readonly OtherView[];
  defaultBranch: string;
}

/** Whether what the report says is shown: it speaks for the default branch, or no report that does sees the finding. */
export function speaksForAsset({ branch, others, defaultBranch }: Views): boolean {
  return branch === defaultBranch || !others.some((other) => other.branch === defaultBranch);
}

/**
 * The severity that is shown: the worst that the streams which see the finding give it, those of the default branch where
 * there are any. What no scanner rated replaces no rating.
 */
export function shownSeverity(views: Views): { severity: Severity; isUnrated: boolean } {
  const { branch, rating, others, defaultBranch, stored } = views;
  const isAsset = [{ branch }, ...others].some((one) => one.branch === defaultBranch);
  const counts = (one: { branch: string }) => !isAsset || one.branch === defaultBranch;
  const known = stored.isUnrated ? UNRATED : SEVERITIES.indexOf(stored.severity);
  const given = [
    ...(counts(views) ? [rating] : []),
    ...others.filter(counts).map((other) => other.rating ?? known),
  ];
  const worst = Math.min(...given);
  const severity = SEVERITIES[worst];
  if (severity !== undefined) return { severity, isUnrated: false };
  return stored.isUnrated ? { severity: views.severity, isUnrated: true } : stored;
}

/** What is only a name tells less than a title. */
const isBare = (title: string, { ruleId, aliases }: Attributes) => [ruleId, ...aliases].includes(title);

const present = ([, value]: [string, unknown]) =>
  value !== undefined && !(Array.isArray(value) && value.length === 0);

/** What is shown of a finding that other streams see too: what a report leaves out is not gone. */
export function mergedAttributes(now: Attributes, stored: Attributes, isUnrated: boolean): Attributes {
  const details = { ...stored.details, ...Object.fromEntries(Object.entries(now.details).filter(present)) };
  const names = [...now.aliases, ...stored.aliases, stored.ruleId];
  return {
    ruleId: now.ruleId,
    aliases: [...new Set(names)].filter((name) => name !== now.ruleId),
    title: isBare(now.title, now) ? stored.title : now.title,
    package: now.package ?? stored.package,
    path: now.path ?? stored.path,
    details: { ...details, isUnrated: isUnrated || undefined },
  };
}
