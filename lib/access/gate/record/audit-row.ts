import type { AuditRow } from '@/db/gate-rows';
import type { DatabaseClock } from '@/lib/access/gate/decide/database-clock';
import { isAbout, type Verdict } from '@/lib/access/gate/http/question';
import { authorizeRow } from './audit-authorize';
import { eventsRow } from './audit-events';
import { frameOf } from './audit-frame';
import { verifyRow } from './audit-verify';

/**
 * The row of one access.
 * @param nowMs by the database's clock
 */
export function auditRowOf(verdict: Verdict, clock: DatabaseClock, nowMs: number): AuditRow {
  const frame = frameOf(verdict, clock, nowMs);
  if (isAbout(verdict, 'authorize')) return authorizeRow(verdict, frame);
  if (isAbout(verdict, 'verify')) return verifyRow(verdict, frame);
  if (isAbout(verdict, 'events')) return eventsRow(verdict, frame);
  throw new Error('A question of an unknown kind');
}
