import { z } from 'zod';
import { MINUTE_MS, SECOND_MS } from '@/lib/platform/core/clock';
import { AppError } from '@/lib/platform/core/errors';
import { log } from '@/lib/platform/core/log';
import { LocalQuota } from '@/lib/platform/rate-limit/local-quota';
import { parseJson, readBody } from './json';

const LENGTH_MAX_BYTES = 16 * 1024;
const REPORTS_PER_MINUTE = 60;
/** A page that breaks its policy sends a handful; anybody may send them, so an address that sends more is not read. */
const REPORTS_PER_ADDRESS = 30;
const budget = new LocalQuota(REPORTS_PER_MINUTE, MINUTE_MS);
const perAddress = new LocalQuota(REPORTS_PER_ADDRESS, MINUTE_MS);

/** @throws AppError rate_limited, before the body is read */
export function limitReports(address: string): void {
  if (perAddress.take(address)) return;
  throw new AppError('rate_limited', 'Too many reports from your IP address. Try again in a minute.', {
    retryAfterSeconds: MINUTE_MS / SECOND_MS,
  });
}

/** What a browser says of one violation, in the older form (`report-uri`) and the newer one (Reporting API). */
const older = z.object({
  'csp-report': z.object({
    'violated-directive': z.string().max(200).optional(),
    'effective-directive': z.string().max(200).optional(),
    'blocked-uri': z.string().max(2000).optional(),
    'document-uri': z.string().max(2000).optional(),
  }),
});
const newer = z.object({
  type: z.literal('csp-violation'),
  body: z.object({
    effectiveDirective: z.string().max(200),
    blockedURL: z.string().max(2000).optional(),
    documentURL: z.string().max(2000),
  }),
});

interface Violation {
  directive: string;
  blocked: string | null;
  page: string | null;
}

/** An address without its query and fragment, where secrets may stand. */
function bare(url: string | undefined): string | null {
  return url?.split(/[?#]/, 1)[0] || null;
}

/**
 * The violations in a report of a browser (CSP Level 3, section 5).
 * @throws AppError bad_request where it is not JSON, too_large
 */
export async function readViolations(request: Request): Promise<Violation[]> {
  const value = parseJson(await readBody(request, LENGTH_MAX_BYTES));
  const single = older.safeParse(value);
  if (single.success) {
    const report = single.data['csp-report'];
    const directive = report['effective-directive'] ?? report['violated-directive'] ?? 'unknown';
    return [{ directive, blocked: bare(report['blocked-uri']), page: bare(report['document-uri']) }];
  }
  return (Array.isArray(value) ? value : []).flatMap((item) => {
    const parsed = newer.safeParse(item);
    if (!parsed.success) return [];
    const { effectiveDirective: directive, blockedURL, documentURL } = parsed.data.body;
    return [{ directive, blocked: bare(blockedURL), page: bare(documentURL) }];
  });
}

/** Logs what was reported: 60 a minute at most, since anybody may send them. */
export function logViolations(violations: readonly Violation[]): void {
  for (const violation of violations) {
    if (!budget.take('all')) return;
    log().warn(violation, 'a browser refused something by the content security policy');
  }
}
