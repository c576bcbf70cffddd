import { Status } from '@/components/ui/status';
import type { Tone } from '@/components/ui/tone';
import {
  AUDIT_ACTIONS,
  type AuditAction,
  type AuditCategory,
  type AuditEventDto,
} from '@/lib/platform/audit/contract';

const OUTCOMES: Record<AuditEventDto['outcome'], { tone: Tone; word: string }> = {
  success: { tone: 'success', word: 'Success' },
  denied: { tone: 'danger', word: 'Denied' },
  failure: { tone: 'warning', word: 'Failure' },
};

export const CATEGORY_WORDS: Record<AuditCategory, string> = {
  decision: 'Decision',
  change: 'Change',
  access: 'Access',
  auth: 'Sign-in',
  system: 'System',
};

/** The words for an action; one from a newer version shows its name. */
export function actionWords(action: string): string {
  return action in AUDIT_ACTIONS ? AUDIT_ACTIONS[action as AuditAction].label : action;
}

export function Outcome({ event, look }: { event: Pick<AuditEventDto, 'outcome' | 'code'>; look?: 'pill' }) {
  const { tone, word } = OUTCOMES[event.outcome];
  const isPlainSuccess = event.outcome === 'success' && (event.code === null || event.code === 'VALID');
  return (
    <Status tone={tone} look={look ?? 'plain'}>
      {word}
      {event.code && !isPlainSuccess ? (
        <span className="font-mono text-xs text-faint">{event.code}</span>
      ) : null}
    </Status>
  );
}

export function targetWords(event: AuditEventDto): string | null {
  return event.targetLabel ?? event.targetId;
}

/** Who acted, as a filter names it: by id where there is one. */
export function actorFilterValue(event: AuditEventDto): string | null {
  return event.actorId ?? event.actorLabel;
}

/** Microseconds are whole in the record; people read milliseconds below a second. */
export function durationWords(durationUs: number): string {
  if (durationUs < 1000) return `${durationUs} µs`;
  if (durationUs < 1_000_000) return `${(durationUs / 1000).toFixed(1)} ms`;
  return `${(durationUs / 1_000_000).toFixed(2)} s`;
}
