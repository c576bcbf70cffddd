import type { ReadTx } from '@/db/scope';
import {
  LINES_MAX,
  type ReportLine,
  type ReportSection,
  type ReportTone,
  SECTIONS,
  type SectionKey,
} from '@/lib/insight/reports/contract';
import type { Period } from '@/lib/insight/reports/rules';
import type { StandingDto } from '@/lib/platform/facts/contract';
import type { Fact } from '@/lib/platform/facts/fact';

/** What every section reads from: the tenant, the days, and the moment at which the report is made. */
export interface Frame {
  tx: ReadTx;
  tenantId: string;
  timeZone: string;
  period: Period;
  nowMs: number;
  /** Whether something is wrong now, and the facts that say so. */
  standing: StandingDto;
  facts: readonly Fact[];
}

export type SectionReader = (frame: Frame) => Promise<ReportSection>;

const TEXT_MAX = 200;
// What turns the reading direction or breaks a line could make a name say something else.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/** A name from outside as it may stand in a line. */
export function nameOf(text: unknown): string {
  const shown = String(text ?? '')
    .replace(UNSEEN, ' ')
    .trim();
  return shown.length > TEXT_MAX ? `${shown.slice(0, TEXT_MAX - 1)}…` : shown || 'unnamed';
}

export const numberText = (value: number): string => value.toLocaleString('en');
export const iso = (ms: number): string => new Date(ms).toISOString();

export function line(text: string, more: Partial<ReportLine> & { tone?: ReportTone } = {}): ReportLine {
  return { text, value: null, detail: null, who: null, tone: 'neutral', path: null, ...more };
}

interface Parts {
  lines: readonly ReportLine[];
  empty: string;
  /** All there are, where the lines are only the first. */
  total?: number;
  morePath?: string | null;
}

export function section(
  key: SectionKey,
  { lines, empty, total = lines.length, morePath = null }: Parts,
): ReportSection {
  const shown = lines.slice(0, LINES_MAX);
  return { key, title: SECTIONS[key].title, lines: shown, more: total - shown.length, morePath, empty };
}
