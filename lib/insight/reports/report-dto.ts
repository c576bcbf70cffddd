import type { weeklyReport } from '@/db/schema/reports';
import { type ReportDto, type ReportSummaryDto, reportContent, TONES } from './contract';

type Row = typeof weeklyReport.$inferSelect;

export function summaryOf(row: Omit<Row, 'content' | 'tenantId'>): ReportSummaryDto {
  const { id, kind, fromOn, toOn, headline, madeBy, madeAt } = row;
  const tone = TONES.find((one) => one === row.tone) ?? 'neutral';
  return { id, kind, from: fromOn, to: toOn, headline, tone, madeBy, madeAt: madeAt.toISOString() };
}

export function reportDtoOf(row: Row): ReportDto {
  return { ...summaryOf(row), content: reportContent.parse(row.content) };
}
